"""Versions of suites: frozen from a run, never changed, and compared with rows of other runs."""

import json

import pytest

from bench import __version__
from bench.leaderboard.publishing.publication import Publication
from bench.results import published as published_file

ROW = ("run", "--dataset", "synthetic(n_subjects=4, minutes=8)", "--modalities", "eda,bvp", "--fusion", "early")
FREEZE = ("suite", "freeze", "--name", "stress", "--version", "1")
FILE = "stress-1.json"
LABEL = "synthetic(n_subjects=4, minutes=8) · loso · logistic · early · eda+bvp"


@pytest.fixture
def frozen(bench):
    bench(*ROW).ok()
    assert bench(*FREEZE).ok().out == f"Wrote {FILE}: 1 comparisons of stress 1.\n"
    return bench


def test_a_version_has_windows_folds_metrics_and_budget(frozen):
    suite = json.loads((frozen.folder / FILE).read_text())
    [only] = suite["comparisons"]
    [path, *_] = frozen.folder.glob("bench-results/cells/*/cell.json")
    cell = json.loads(path.read_text())
    assert (only["test_windows"], only["folds"]) == (cell["test_windows"], cell["folds_digest"])
    assert only["budgets"] == [{"profile": "small", "search": 0, "objective": "", "seeds": [0], "searching": ""}]
    assert only["metrics"][0] == "auroc"
    assert (only["n_subjects"], only["n_folds"]) == (4, 4)
    frozen(*FREEZE).usage_error(f"{FILE} is there already; a version of a suite is never changed, so name another one.")


def test_another_model_with_its_own_preprocessing_belongs_to_it(frozen):
    frozen(*ROW, "--model", "svm", "--preprocess", "zscore | statistics", "--seed", "0,1", "--out", "other").ok()
    assert frozen("suite", "check", FILE, "--out", "other").ok().out.endswith("rows belong to stress 1.\n")
    frozen("submit", "--suite", FILE, "--to", "shared", "--yes", "--out", "other").ok()
    rows = Publication(frozen.folder / "shared").summaries()
    assert {row.suite for row in rows} == {"stress 1"}
    assert "- suite: stress 1" in (frozen.folder / "shared" / "README.md").read_text()


BUDGET = "its budget is profile small, search {}, seeds {}, and that of stress 1 is profile small, search 0, seeds 0"
OTHERS = [
    (("-o", "window.hop=10"), "its test windows are not those of stress 1: other data, windows, labels or folds"),
    (
        ("--protocol", "kfold"),
        "stress 1 has no such comparison; it has synthetic(n_subjects=4, minutes=8) · stress · loso",
    ),
    (("--seed", "1"), BUDGET.format(0, 1)),
    (("--search", "2"), BUDGET.format(2, 0)),
]


@pytest.mark.parametrize(("options", "reason"), OTHERS, ids=["windows", "protocol", "seeds", "search"])
def test_rows_that_do_not_belong_to_it_are_named(frozen, options, reason):
    frozen(*ROW, "--no-baselines", *options, "--out", "other").ok()
    said = frozen("suite", "check", FILE, "--out", "other")
    assert (said.code, said.err) == (1, "Error: 1 of 1 rows do not belong to stress 1.\n")
    assert said.out == f"{LABEL.replace('loso', 'kfold') if 'protocol' in options[0] else LABEL}: {reason}\n"
    frozen("submit", "--suite", FILE, "--to", "shared", "--yes", "--out", "other").failure(
        f"Nothing was added. {said.out.strip()}."
    )
    assert not (frozen.folder / "shared").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{}", "is not a suite that 'bench suite freeze' wrote"),
        ("[", "is not a suite that 'bench suite freeze' wrote"),
        (None, "was altered"),
    ],
)
def test_a_damaged_file_is_refused_in_one_sentence(frozen, content, reason):
    path = frozen.folder / FILE
    path.write_text(content if content is not None else path.read_text().replace('"search": 0', '"search": 5'))
    said = frozen("suite", "check", FILE)
    assert said.code == 1
    assert said.err.startswith(f"Error: {FILE} {reason}")
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(("name", "version"), [("A b", "1"), ("../x", "1"), ("stress", "/1"), ("stress", "")])
def test_names_and_versions_are_no_paths(bench, name, version):
    said = bench("suite", "freeze", "--name", name, "--version", version)
    assert said.code == 2
    assert not list(bench.folder.rglob("*.json"))


def test_rows_of_different_versions_cannot_stand_in_one_table(frozen):
    frozen("submit", "--suite", FILE, "--to", "shared", "--yes").ok()
    [path] = (frozen.folder / "shared" / "results").glob("*.jsonl")
    header, *rows = map(json.loads, path.read_text().splitlines())
    rows[0]["suite"] = "stress 2"
    path.write_text(published_file.sealed_again([header, *rows]))
    frozen("leaderboard", "--check", "--to", "shared").failure(
        "shared/results/"
        + path.name
        + " has rows of versions 1 and 2 of the suite 'stress', which cannot stand in one "
        "table; submit them to folders of their own."
    )


def test_rows_of_different_versions_of_bench_are_told_apart(frozen):
    frozen("submit", "--to", "shared", "--yes").ok()
    assert "rows of bench" not in frozen("leaderboard", "--check", "--to", "shared").ok().out
    [path] = (frozen.folder / "shared" / "results").glob("*.jsonl")
    header, *rows = map(json.loads, path.read_text().splitlines())
    rows[0]["environment"]["bench"] = "9.9.9"
    path.write_text(published_file.sealed_again([header, *rows]))
    frozen("leaderboard", "--to", "shared", "--out", "none").ok()
    said = frozen("leaderboard", "--check", "--to", "shared").ok().out.splitlines()
    assert said[0] == f"shared/results/{path.name}: rows of bench {__version__} ({len(rows) - 1}), bench 9.9.9 (1)."
    assert "- code: rows of bench " in (frozen.folder / "shared" / "README.md").read_text()
