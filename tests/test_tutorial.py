"""A stranger's package beside ours: found, run, published, gone again; and broken ones that break only themselves."""

import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import StandardScaler

from bench.code import dependencies

BENCH = Path(sysconfig.get_path("scripts")) / "bench"
TUTORIAL = Path(__file__).parent.parent / "examples" / "bench_tutorial"
SMOKE = ("run", "--profile", "smoke", "--no-baselines", "--modalities", "ecg,eda")
GRID = (*SMOKE, "--model", "nearest-mean", "--fusion", "none,most-confident")

DOUBLED = (
    "Two packages provide the model 'logistic': bench_classical of affectbench and bench_doubles of bench-doubles; "
    "uninstall one of them, or rename yours."
)
# distribution, what its module says, what `bench list --broken` says after "module (distribution): "
BROKEN = [
    (
        "bench-raises",
        'raise RuntimeError("no licence found")',
        "RuntimeError: no licence found (bench_raises/__init__.py:3)",
    ),
    (
        "bench-imports",
        "import bench_nowhere",
        "ModuleNotFoundError: No module named 'bench_nowhere' (bench_imports/__init__.py:3)",
    ),
    (
        "bench-misspells",
        "@hookimpl\ndef bench_model():\n    return []",
        "there is no hook 'bench_model'; did you mean 'bench_models'?",
    ),
    (
        "bench-nonsense",
        '@hookimpl\ndef bench_models():\n    return ["nearest"]',
        "bench_models: PluginError: expected bench.api.Plugin records, got 'nearest'",
    ),
    (
        "bench-title",
        '@hookimpl\ndef bench_models():\n    return [Plugin("Nearest Mean", "bench_title.model:Model", "One.")]',
        "bench_models: PluginError: the name 'Nearest Mean' is not lower-case words joined by hyphens",
    ),
    (
        "bench-doubles",
        '@hookimpl\ndef bench_models():\n    return [Plugin("logistic", "bench_doubles.model:Model", "Ours.")]',
        DOUBLED,
    ),
]
SOURCES = {distribution: source for distribution, source, _ in BROKEN} | {
    "bench-listener": '@hookimpl\ndef bench_run_finished(run):\n    raise ValueError("no tracker here")',
    "bench-hollow": '@hookimpl\ndef bench_models():\n    return [Plugin("hollow", "bench_hollow.model:M", "One.")]',
}
ALL_WELL = "Every installed plugin loads."


def bench(where, *arguments, packages=(), **environment):
    """The command in a process of its own, with these folders of packages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BENCH_")}
    path = os.pathsep.join([*map(str, packages), *filter(None, [kept.get("PYTHONPATH")])])
    return subprocess.run(
        [BENCH, *arguments],
        cwd=where,
        env=kept | {"PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"} | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def done(process):
    """What a command that must succeed has printed."""
    assert process.returncode == 0, process.stderr
    return process.stdout


def add_metadata(folder, distribution, version, entry_points):
    """What an installer writes, so that the package is found."""
    info = folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
    lines = (f"{name} = {module}\n" for name, module in entry_points.items())
    (info / "entry_points.txt").write_text("[bench]\n" + "".join(lines))


def packages_in(folder, *distributions):
    """A folder in which packages of one module each are installed."""
    for distribution in distributions:
        module = distribution.replace("-", "_")
        (folder / module).mkdir(parents=True)
        source = f"from bench.api import Plugin, hookimpl\n\n{SOURCES[distribution]}\n"
        (folder / module / "__init__.py").write_text(source)
        add_metadata(folder, distribution, "1.0", {distribution.removeprefix("bench-"): module})
    return folder


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    """The tutorial in a fresh folder, put there by pip if the build tool is here, otherwise copied."""
    folder = tmp_path_factory.mktemp("tutorial")
    if importlib.util.find_spec("hatchling") and importlib.util.find_spec("pip"):
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
        subprocess.run([*pip, "--target", folder, TUTORIAL], check=True, capture_output=True)
    else:
        shutil.copytree(TUTORIAL / "bench_tutorial", folder / "bench_tutorial")
        project = tomllib.loads((TUTORIAL / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        add_metadata(folder, project["name"], project["version"], project["entry-points"]["bench"])
    return folder


@pytest.fixture(scope="module")
def ran(tutorial, tmp_path_factory):
    """Where the tutorial's model and fusion have been run, and the process that did it."""
    where = tmp_path_factory.mktemp("ran")
    return where, bench(where, *GRID, packages=[tutorial], BENCH_TUTORIAL="1")


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return listed(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def numbers(ran):
    """What was found there, shown when the tutorial is no longer installed."""
    where, process = ran
    done(process)
    return done(bench(where, "show", "--json"))


def listed(where, *packages):
    rows = json.loads(done(bench(where, "list", "--json", packages=packages)))
    return {(row["kind"], row["name"]): f"{row['distribution']} {row['version']}" for row in rows}


def broken(where, *packages):
    """The lines of `bench list --broken`, without tracebacks."""
    lines = done(bench(where, "list", "--broken", packages=packages)).splitlines()
    return [line for line in lines if not line.startswith("  ")]


def test_the_tutorial_is_listed_beside_ours_and_gone_without_its_folder(tutorial, ours, tmp_path):
    added = {
        ("dataset", "lab-stress"), ("preprocessor", "difference"), ("model", "extra-trees"), ("model", "nearest-mean"),
        ("model", "small-cnn"), ("fusion", "most-confident"), ("fusion", "exchange-all"), ("fusion", "gated-sum"),
        ("protocol", "later-session"), ("suite", "days"), ("executor", "processes"), ("command", "tutorial"),
    }  # fmt: skip
    assert listed(tmp_path, tutorial) == ours | dict.fromkeys(added, "bench-tutorial 0.1.0")
    assert not added & set(ours)
    assert broken(tmp_path, tutorial) == [ALL_WELL]


def test_its_source_stands_in_the_list(tutorial, tmp_path):
    lines = done(bench(tmp_path, "list", "fusion", packages=[tutorial])).splitlines()
    assert "  most-confident  The most confident modality decides. (bench-tutorial 0.1.0)" in lines


def test_its_command_is_a_command_of_bench(tutorial, tmp_path):
    assert done(bench(tmp_path, "tutorial", packages=[tutorial])).splitlines() == [
        "extra-trees: Extremely randomised trees.",
        "nearest-mean: The class with the nearest mean.",
        "small-cnn: Two convolutions per modality.",
        "most-confident: The most confident modality decides.",
        "exchange-all: Each branch receives all others.",
        "gated-sum: A weighted sum of embeddings.",
        "lab-stress: Rest and stress in the laboratory, on two days.",
        "Try: bench run --model extra-trees,nearest-mean --fusion none,most-confident",
    ]
    assert bench(tmp_path, "tutorial").returncode == 2


def test_its_model_and_fusion_run_like_ours(numbers):
    rows = json.loads(numbers)
    found = {(row["model"], row["fusion"], *row["cell"]["modalities"]): row for row in rows}
    assert set(found) == {
        ("nearest-mean", "none", "ecg"),
        ("nearest-mean", "none", "eda"),
        ("nearest-mean", "most-confident", "ecg", "eda"),
    }
    assert all(row["metrics"]["accuracy"]["mean"] > 0.6 for row in found.values())  # chance is 0.5


def test_its_listener_speaks_when_asked(ran):
    where, process = ran
    assert [line for line in process.stderr.splitlines() if line.startswith("bench-tutorial:")] == [
        f"bench-tutorial: the results of run {run_name(where)} are in bench-results."
    ]


def run_name(where):
    return min(path.stem for path in (where / "bench-results" / "runs").glob("*.json"))


def test_its_results_are_shown_and_published_after_it_is_gone(ran):
    where, process = ran
    shown = [line.rstrip() for line in done(bench(where, "show")).splitlines() if "  " in line]
    assert len(shown) > 3
    assert set(shown) <= {line.rstrip() for line in process.stdout.splitlines()}
    assert (
        done(bench(where, "leaderboard", "--to", "leaderboard"))
        == "Published 3 results of bench-results; wrote leaderboard/README.md.\n"
    )
    page = (where / "leaderboard" / "README.md").read_text(encoding="utf-8")
    rows = page.partition("<summary>All 3 rows</summary>")[2].partition("</details>")[0]
    assert rows.count("| nearest-mean ") == 3
    assert rows.count("| most-confident ") == 1


def test_without_the_package_its_model_is_unknown(ran):
    where, _ = ran
    process = bench(where, *GRID)
    assert process.returncode == 2
    assert process.stderr.startswith("Error: There is no model 'nearest-mean'; did you mean '")
    assert len(process.stderr.splitlines()) == 1


def test_its_data_set_is_simulated_verified_and_run_with_its_step_model_and_protocol(tutorial, tmp_path):
    here = {"packages": [tutorial], "BENCH_DATA": str(tmp_path / "data")}
    done(bench(tmp_path, "data", "simulate", "lab-stress", "--subjects", "3", **here))
    assert "3 subjects, 6 recordings, 24 segments" in done(bench(tmp_path, "data", "verify", "lab-stress", **here))
    grid = ("--model", "extra-trees", "--fusion", "early", "--protocol", "later-session", "--no-baselines")
    done(bench(tmp_path, "run", "--dataset", "lab-stress", "--preprocess", "difference | statistics", *grid, **here))
    (row,) = json.loads(done(bench(tmp_path, "show", "--json", **here)))
    assert row["metrics"]["accuracy"]["mean"] > 0.6  # chance is 0.5


def test_its_own_tests_pass(tutorial, tmp_path):
    process = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", TUTORIAL / "tests"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tutorial), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert process.returncode == 0, process.stdout


@pytest.mark.parametrize(("distribution", "sentence"), [(name, told) for name, _, told in BROKEN])
def test_a_broken_package_is_named_and_takes_nothing_of_others_with_it(distribution, sentence, ours, tmp_path):
    package = packages_in(tmp_path / "packages", distribution)
    assert broken(tmp_path, package) == [headline(distribution, sentence)]
    lost = {("model", "logistic")} if distribution == "bench-doubles" else set()
    assert listed(tmp_path, package) == {key: value for key, value in ours.items() if key not in lost}


def headline(distribution, sentence):
    return f"{distribution.replace('-', '_')} ({distribution}): {sentence}"


def test_the_list_names_broken_packages_below_itself(tmp_path):
    package = packages_in(tmp_path / "packages", "bench-raises")
    process = bench(tmp_path, "list", packages=[package])
    assert process.returncode == 0
    assert process.stderr == "Failed to load: bench_raises; 'bench list --broken' says why.\n"
    assert 'RuntimeError("no licence found")' in done(bench(tmp_path, "list", "--broken", packages=[package]))


def test_beside_broken_packages_the_numbers_are_the_same(ran, numbers, tutorial, tmp_path):
    packages = [tutorial, packages_in(tmp_path / "packages", *SOURCES)]
    prepared = ran[0] / "bench-results" / "cache"
    process = bench(tmp_path, *GRID, "--cache", prepared, packages=packages)
    assert process.returncode == 0
    # nothing else: the tutorial's listener keeps silent unless it is asked
    assert process.stderr.splitlines() == ["bench_listener: bench_run_finished raised ValueError: no tracker here"]
    assert done(bench(tmp_path, "show", "--json")) == numbers
    assert set(broken(tmp_path, *packages)) == {headline(name, told) for name, _, told in BROKEN}


def test_a_doubled_name_is_refused_with_both_packages(tmp_path):
    package = packages_in(tmp_path / "packages", "bench-doubles")
    process = bench(tmp_path, *SMOKE, "--model", "logistic", packages=[package])
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr == f"Error: {DOUBLED}\n"


def test_a_plugin_without_its_code_fails_only_when_it_is_asked_for(tmp_path):
    package = packages_in(tmp_path / "packages", "bench-hollow")
    assert broken(tmp_path, package) == [ALL_WELL]
    process = bench(tmp_path, *SMOKE, "--model", "hollow", packages=[package])
    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr == (
        "Error: The model 'hollow' of bench-hollow cannot be imported: "
        "ModuleNotFoundError: No module named 'bench_hollow.model'.\n"
    )


# --------------------------------------------------------------------------------- its numbers


@pytest.fixture
def example(monkeypatch):
    """A module of the tutorial, imported from its folder for one test."""

    def load(name):
        monkeypatch.syspath_prepend(TUTORIAL)
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        for module in [module for module in sys.modules if module.partition(".")[0] == "bench_tutorial"]:
            monkeypatch.delitem(sys.modules, module)
        return importlib.import_module(f"bench_tutorial.{name}")

    return load


def windows(features, labels=None, classes=("calm", "stressed", "amused")):
    return SimpleNamespace(features=lambda: features, labels=labels, classes=classes)


def test_the_model_decides_as_the_nearest_centroid_of_scikit_learn(example):
    random = np.random.default_rng(3)
    labels = random.integers(0, 3, 90)
    features = (random.normal(size=(90, 5)) + labels[:, None]) * [1, 10, 0.1, 5, 1] + 7
    estimator = example("nearest_mean").NearestMean().estimator(0, "cpu")
    estimator.fit(windows(features, labels), None)
    scaler = StandardScaler().fit(features)
    reference = NearestCentroid().fit(scaler.transform(features), labels)
    new = random.normal(size=(400, 5)) * 10 + 7
    found = estimator.predict_proba(windows(new))
    assert (found.argmax(axis=1) == reference.predict(scaler.transform(new))).all()
    # equal spheres around the class means are a discriminant analysis with the identity as covariance
    means = reference.centroids_
    sphere = LinearDiscriminantAnalysis().fit(scaler.transform(features), labels)
    sphere.coef_, sphere.intercept_ = means, -0.5 * (means**2).sum(axis=1)
    assert np.allclose(found, sphere.predict_proba(scaler.transform(new)), atol=1e-12)


def test_missing_features_count_as_average_and_unseen_classes_get_nothing(example):
    features = np.array([[-1.0, np.nan], [np.nan, np.nan], [1.0, np.nan]])  # the second column is never known
    estimator = example("nearest_mean").NearestMean(shrinkage=0.5).estimator(0, "cpu")
    estimator.fit(windows(features, np.array([0, 0, 2])), None)
    # mean 0 and spread 1; the class means -0.5 and 1 are halved
    nothing, positive = estimator.predict_proba(windows(np.array([[np.nan, 3.0], [1.0, np.nan]])))
    odds = np.exp([-(0.25**2) / 2, -(0.5**2) / 2]), np.exp([-(1.25**2) / 2, -(0.5**2) / 2])
    for row, (calm, amused) in zip((nothing, positive), odds, strict=True):
        assert np.allclose(row, [calm / (calm + amused), 0, amused / (calm + amused)])


def test_the_most_confident_modality_decides(example):
    ecg = np.array([[0.6, 0.4], [0.9, 0.1], [0.5, 0.5]])
    eda = np.array([[0.3, 0.7], [0.2, 0.8], [0.5, 0.5]])
    found = example("fusion").MostConfident().combine({"ecg": ecg, "eda": eda}, None)
    assert (found == [[0.3, 0.7], [0.9, 0.1], [0.5, 0.5]]).all()


def test_every_branch_receives_all_others_at_its_own_length(example):
    exchange = example("network_fusion").ExchangeAll().exchange(1, {"ecg": 2, "eda": 1})
    ecg, eda = torch.arange(8.0).reshape(1, 2, 4), torch.tensor([[[10.0, 20.0]]])
    found = exchange({"ecg": ecg, "eda": eda})
    assert exchange.widths == {"ecg": 3, "eda": 3}
    assert found["ecg"].tolist() == [[[0, 1, 2, 3], [4, 5, 6, 7], [10, 12.5, 17.5, 20]]]  # interpolated linearly
    assert found["eda"].tolist() == [[[0.5, 2.5], [4.5, 6.5], [10, 20]]]  # averaged


def test_gates_weight_the_mapped_embeddings(example):
    module = example("network_fusion").GatedSum().join({"ecg": 3, "eda": 2}, 4, torch.nn.Linear)
    random = torch.Generator().manual_seed(1)
    given = {"ecg": torch.randn(5, 3, generator=random), "eda": torch.randn(5, 2, generator=random)}
    with torch.no_grad():
        weights = np.exp([module.gates[name](values).numpy() for name, values in given.items()])
        mapped = np.stack([module.maps[name](values).numpy() for name, values in given.items()])
        expected = module.head(torch.tensor((weights / weights.sum(axis=0) * mapped).sum(axis=0)))
        assert module(given).shape == (5, 4)
        assert torch.allclose(module(given), expected, atol=1e-6)


def test_a_plugin_does_not_depend_on_the_module_of_hooks(monkeypatch):
    """So a changed hook reruns no row."""
    monkeypatch.syspath_prepend(TUTORIAL)
    dependencies.forget()
    found = dependencies.dependencies("bench_tutorial.extra_trees:ExtraTrees").modules
    dependencies.forget()
    assert set(found) == {"bench_tutorial", "bench_tutorial.extra_trees"}
