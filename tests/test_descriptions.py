"""Modules of models, fusions, steps and protocols of other distributions are imported in workers alone."""

from importlib.metadata import EntryPoint

import pytest

from bench.api import Dataset
from bench.errors import PluginError
from bench.foreign.description import attributes, contract_of, description, kind_of, kind_to_json
from bench.foreign.standins import KINDS, POSSIBLE, asker, instance, known_instance, real, standin
from bench.options import REQUIRED, options_of
from bench.registry import Registry
from bench.worker import confinement

pytestmark = pytest.mark.skipif(not POSSIBLE, reason="this platform has no workers")
CHANCE, FOUND = 0.65, 0.9  # accuracies of a fold without and with labels

DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_models():
    return [Plugin("patching-model", "patching.model:Patching", "It is made up."),
            Plugin("picky", "patching.model:Picky", "So is it.")]

@hookimpl
def bench_fusions():
    return [Plugin("patching-fusion", "patching.fusion:Patching", "It is made up.")]

@hookimpl
def bench_preprocessors():
    return [Plugin("patching-step", "patching.step:Patching", "It is made up."),
            Plugin("patching-extractor", "patching.extractor:Patching", "It is made up.")]

@hookimpl
def bench_protocols():
    return [Plugin("patching-protocol", "patching.protocol:Patching", "It is made up.")]
"""
PATCH = """
import numpy as np
from dataclasses import dataclass
try:
    from bench.running import records
except ImportError:
    pass
else:
    scored = records.scored
    def perfect(table, predictions, classes, *_):
        return scored(table, np.eye(len(classes))[table["label"].to_numpy()], classes)
    records.scored = perfect
"""
MODULES = {
    "model": """
from pathlib import Path
from typing import Annotated, Literal
from bench.api import Range, SklearnModel

@dataclass(frozen=True)
class Patching(SklearnModel):
    def build(self, classes):
        from sklearn.linear_model import LogisticRegression
        return LogisticRegression()

@dataclass(frozen=True)
class Picky(Patching):
    \"\"\"Refuses what it does not know.\"\"\"

    only: Annotated[str, "the modality that it accepts"] = "bvp"
    rule: Literal["a", "b"] = "a"
    share: Annotated[float | None, Range(0, 1)] = None
    file: Path | None = None

    def __post_init__(self):
        if self.only == "nothing":
            raise ValueError("it must accept something")

    @property
    def validates(self):
        return self.rule == "b"

    def estimator(self, seed, device):
        if self.file:
            assert self.file.read_text() == "known"
        return super().estimator(seed, device)

    def default_preprocessing(self, dataset, modalities):
        return "zscore" if self.only in dataset.modalities else ""

    def refuse(self, combination):
        if combination.dataset.simulated and combination.modalities != (self.only,):
            return f"it takes {self.only} of {'+'.join(combination.dataset.modalities)}"
""",
    "fusion": """
from bench.api import Fusion

@dataclass(frozen=True)
class Patching(Fusion):
    def combine(self, probabilities, learnt):
        return np.mean(list(probabilities.values()), 0)
""",
    "step": """
from bench.api import Preprocessor

@dataclass(frozen=True)
class Patching(Preprocessor):
    def apply(self, recording):
        return recording
""",
    "extractor": """
from bench.api import Extractor

@dataclass(frozen=True)
class Patching(Extractor):
    def extract(self, windows, rate, modality, channels):
        return ["mean"], np.nanmean(windows, axis=(1, 2), keepdims=True)[:, 0]
""",
    "protocol": """
from bench.api import Protocol

@dataclass(frozen=True)
class Patching(Protocol):
    groups = ("subject",)
    def outer(self, table):
        for name in sorted(set(table["subject"])):
            yield name, np.flatnonzero(table["subject"] != name), np.flatnonzero(table["subject"] == name)
""",
}
GRID = ("run", "--profile", "smoke", "--no-baselines", "--jobs", "1", "--json", "--dataset",
        "synthetic(mode=null, n_subjects=3)")  # fmt: skip
PATCHING = {
    "model": ("--modalities", "eda", "--fusion", "none", "--model", "patching-model"),
    "fusion": ("--modalities", "eda,bvp", "--fusion", "patching-fusion", "--model", "logistic"),
    "step": ("--modalities", "eda", "--fusion", "none", "--preprocess", "patching-step"),
    "extractor": ("--modalities", "eda", "--fusion", "none", "--preprocess", "patching-extractor"),
    "protocol": ("--modalities", "eda", "--fusion", "none", "--protocol", "patching-protocol"),
}


@pytest.fixture(scope="module")
def package(shared_bench):
    return shared_bench.package("patching", DECLARED, **{name: PATCH + text for name, text in MODULES.items()})


def accuracies(bench, out):
    return [bench.record(*task, out)["metrics"]["accuracy"] for task in bench.tasks(out)]


@pytest.mark.skipif(not confinement.available(), reason="this platform cannot confine processes")
@pytest.mark.parametrize("kind", PATCHING)
def test_a_module_that_replaces_the_scorer_at_its_import_reaches_no_harness(shared_bench, package, kind):
    shared_bench.process(*GRID, *PATCHING[kind], "--out", kind, packages=(package,)).ok()
    confined = accuracies(shared_bench, kind)
    assert len(confined) == 3
    assert max(confined) <= CHANCE


def test_inline_it_replaces_the_scorer(shared_bench, package):
    arguments = (*GRID, *PATCHING["model"], "--isolation", "inline", "--out", "inline")
    shared_bench.process(*arguments, packages=(package,)).ok()
    assert min(accuracies(shared_bench, "inline")) >= FOUND


def test_methods_of_a_model_are_asked_in_a_worker(shared_bench, package):
    def said(model, *more):
        return shared_bench.process(*GRID, "--model", model, *more, "--out", "picky", packages=(package,))

    alone = ("--modalities", "bvp", "--fusion", "none")
    found = said("picky", *alone).ok()
    assert [row["preprocess"] for row in found.json["cells"]] == ["zscore | statistics"]
    refused = said("picky", "--modalities", "eda", "--fusion", "none")
    assert (refused.code, "it takes bvp of ecg+eda+bvp" in refused.err) == (2, True)
    said("picky(share=2)", *alone).usage_error("model 'picky': 'share' takes a number or none from 0 to 1, not 2.")
    broken = said("picky(only=nothing)", *alone)
    assert broken.code == 1
    assert broken.err == "Error: ValueError: it must accept something (patching/model.py:35)\n"


def test_info_shows_what_a_worker_has_described(shared_bench, package):
    shown = shared_bench.process("info", "picky", packages=(package,)).ok().out
    assert "Refuses what it does not know." in shown
    assert "only: a text (default bvp); the modality that it accepts" in shown
    assert "share: a number or none from 0 to 1 (default None)" in shown


def test_a_file_that_an_option_names_is_handed_to_workers_and_part_of_the_key(shared_bench, package):
    def said(out):
        options = ("-o", "model.file=mine.txt", "--modalities", "bvp", "--fusion", "none", "--out", out)
        return shared_bench.process(*GRID, "--model", "picky", *options, packages=(package,))

    missing = said("files")
    assert (missing.code, "mine.txt" in missing.err) == (1, True)
    file = shared_bench.folder / "mine.txt"
    file.write_text("known")
    [first] = {row["key"] for row in said("files").ok().json["cells"]}
    [again] = {row["key"] for row in said("files").ok().json["cells"]}
    file.write_text("other")
    assert first == again
    assert len(said("files").json["failed"]) == 3  # it runs again


def test_a_package_beside_results_is_found(shared_bench, package):
    """Workers may not list a folder in which results lie."""
    out = package / "results"
    (package / "before").mkdir()
    for _ in range(2):
        shared_bench.process(*GRID, *PATCHING["model"], "--out", out, "--fresh", packages=(package,)).ok()


def builtin(kind):
    known = Registry()
    return [known.get(kind, name).load() for name in known.names(kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_stand_ins_declare_what_classes_do(kind):
    """For every built-in plugin: the same options, attributes, place in the contract, and unchanged methods."""
    for cls in builtin(kind):
        made = standin(description(cls))
        assert standin(description(cls)) is made
        assert list(options_of(made)) == list(options_of(cls))
        assert options_of(made) == options_of(cls)
        assert contract_of(made) == contract_of(cls)
        assert (made.__module__, made.__qualname__, made.__doc__) == (cls.__module__, cls.__qualname__, cls.__doc__)
        assert not made.__abstractmethods__
        for name in ("inputs", "predicts", "devices", "profiles", "searched", "groups", "one_modality"):
            if not isinstance(getattr(cls, name, None), property):
                assert getattr(made, name, None) == getattr(cls, name, None)
        [base] = contract_of(cls)
        for name in (name for name, value in vars(base).items() if callable(value) and not name.startswith("_")):
            if name != "folds":
                assert (getattr(made, name) is getattr(base, name)) == (getattr(cls, name) is getattr(base, name))


@pytest.mark.parametrize("kind", KINDS)
def test_known_instances_have_the_attributes_of_the_plugin(kind):
    for cls in builtin(kind):
        if REQUIRED in [option.default for option in options_of(cls).values()]:
            continue
        plugin = cls()
        make, values = known_instance(plugin)
        made = make(*values)
        for name, found in attributes(plugin).items():
            if "value" in found:
                assert getattr(made, name) == getattr(plugin, name)
        assert real(made) == plugin


def test_a_data_set_travels_as_what_it_declares():
    dataset = Registry().get("dataset", "synthetic").load()(n_subjects=4)
    make, values = known_instance(dataset)
    made = make(*values)
    assert isinstance(made, Dataset)
    assert (made.modalities, made.targets, made.n_subjects) == (dataset.modalities, dataset.targets, 4)


@pytest.mark.parametrize("kind", [int, bool, str, float, float | None, tuple[int, ...]])
def test_types_of_options_survive(kind):
    assert kind_of(kind_to_json(kind)) == kind


def test_what_is_not_there_is_said():
    points = [EntryPoint("patching", "nowhere_to_be_found", "bench")]
    assert "No module named" in Registry(points).broken[0].problem
    with pytest.raises(PluginError, match="No module named 'nowhere'"):
        asker().describe("nowhere.model:Model")


def test_instances_are_frozen():
    made = instance(description(Registry().get("fusion", "late").load()), {}, {})
    with pytest.raises(AttributeError):
        made.rule = "vote"
