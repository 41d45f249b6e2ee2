"""Nested search: what it explores, what it is given, what it keeps, and that it goes on where it was killed."""

import json
import shutil
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score, brier_score_loss, log_loss, roc_auc_score

from bench.scoring.objective import OBJECTIVES, worth

BASE = ("run", "--profile", "smoke", "--modalities", "eda,bvp", "--no-baselines")
ONE = (*BASE, "--fusion", "none", "--modalities", "eda")
NINE = (*ONE, "--protocol", "holdout", "--search", "9")
ETA = "logistic · none · eda"
RANGES = {"model.C": (1e-4, 1e4), "model.k": (1, 101), "fusion.parts": (2, 10)}
CHOICES = {
    "model.class_weight": {"none", "balanced"},
    "model.weights": {"uniform", "distance"},
    "fusion.rule": {"average", "weighted", "vote", "stacking"},
}

SPY_DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_models():
    return [Plugin("spy", "bench_spy.model:Spy", "It writes down what it is shown.")]
"""
SPY = """
from dataclasses import dataclass
from typing import Annotated, ClassVar
import json
import numpy as np
from bench.api import Model, Range

def note(what, windows):
    rows = [list(map(str, row)) for row in zip(windows.subject, windows.trial, windows.start)]
    with open("seen.jsonl", "a") as file:
        print(json.dumps([what, hasattr(windows, "labels"), rows]), file=file)

@dataclass(frozen=True)
class Spy(Model):
    inputs: ClassVar = "index"  # so that windows carry names
    strength: Annotated[float, Range(0.5, 0.9), "made up"] = 0.5

    def estimator(self, seed, device):
        return self

    def fit(self, train, validation):
        note("fit", train)

    def predict_proba(self, windows):
        note("predict", windows)
        return np.tile([1 - self.strength, self.strength], (len(windows), 1))
"""


def searches(bench):
    """What each task's record keeps of its search."""
    return {task: bench.record(*task)["search"] for task in bench.tasks()}


def test_the_space_comes_from_the_options_of_model_and_fusion(bench):
    bench(*BASE, "--model", "logistic,knn", "--fusion", "none,late", "--protocol", "holdout", "--search", "9").ok()
    names = {}
    for (label, _), search in searches(bench).items():
        for trial in search["trials"]:
            names.setdefault(label, set()).update(trial["options"])
            for name, value in trial["options"].items():
                low, high = RANGES.get(name, (0, 0))
                assert value in CHOICES[name] if name in CHOICES else low <= value <= high
    logistic, knn = {"model.C", "model.class_weight"}, {"model.k", "model.weights"}
    late = {"fusion.rule", "fusion.parts"}
    assert names == {
        "logistic · none · eda": logistic,
        "logistic · none · bvp": logistic,
        "logistic · late · eda+bvp": logistic | late,
        "knn · none · eda": knn,
        "knn · none · bvp": knn,
        "knn · late · eda+bvp": knn | late,
    }


FIXED = [
    (("-o", "model.C=0.1"), {"model.class_weight", "fusion.rule"}),
    (("-o", "logistic.C=0.1"), {"model.class_weight", "fusion.rule"}),
    (("--model", "logistic(C=0.1)"), {"model.class_weight", "fusion.rule"}),
    (("--fusion", "late(rule=vote)"), {"model.C", "model.class_weight"}),  # which needs no inner splits
    (("--fusion", "late(rule=stacking)"), {"model.C", "model.class_weight", "fusion.parts"}),
    (("-o", "model.C=1"), {"model.class_weight", "fusion.rule"}),  # though it is the default
]


@pytest.mark.parametrize(("typed", "explored"), FIXED)
def test_options_that_are_typed_are_left_alone(bench, typed, explored):
    bench(*BASE, "--fusion", "late", "--protocol", "holdout", "--search", "2", *typed).ok()
    [search] = searches(bench).values()
    needs = {"weighted", "stacking"}
    for trial in search["trials"]:
        parts = {"fusion.parts"} if trial["options"].get("fusion.rule") in needs else set()
        assert set(trial["options"]) == explored | parts


def test_the_record_keeps_all_trials_and_the_best_is_used_in_each_fold(bench):
    bench(*BASE, "--model", "logistic", "--fusion", "none,late", "--search", "4").ok()
    found = searches(bench)
    assert len(found) == 3 * 4
    for search in found.values():
        trials = search["trials"]
        assert [trial["state"] for trial in trials] == ["COMPLETE"] * 4  # every cell and fold has the same budget
        best = max(trial["score"] for trial in trials)
        assert search["score"] == best
        assert search["options"] == next(trial["options"] for trial in trials if trial["score"] == best)
        assert search["selection"] == "mean balanced_accuracy over 3 inner parts, grouped as the protocol is"
    assert all(bench.record(*task)["cost"]["search_seconds"] > 0 for task in found)


def test_a_search_maximises_the_metric_that_is_named(bench):
    grid = (*ONE, "--protocol", "holdout", "--search", "3")
    for more in ((), ("--objective", "auroc"), ("--objective", "log_loss"), ("--objective", "balanced_accuracy")):
        bench(*grid, *more).ok()
    found = {}
    for path in bench.folder.glob("bench-results/cells/*/cell.json"):
        cell = json.loads(path.read_text())["cell"]
        [record] = path.parent.glob("tasks/*/record.json")
        found[cell["objective"]] = json.loads(record.read_text())["search"]
    assert {name: search["selection"] for name, search in found.items()} == {  # the default has one key, typed or not
        "": "mean balanced_accuracy over 3 inner parts, grouped as the protocol is",
        "auroc": "mean auroc of subjects over 3 inner parts, grouped as the protocol is",
        "log_loss": "mean minus log_loss over 3 inner parts, grouped as the protocol is",
    }
    first = {name: search["trials"][0] for name, search in found.items()}
    assert first[""]["options"] == first["auroc"]["options"] == first["log_loss"]["options"]
    assert first["log_loss"]["score"] < 0 < first["auroc"]["score"]
    bench("leaderboard", "--to", "leaderboard").ok()
    page = (bench.folder / "leaderboard" / "README.md").read_text()
    for label in ("| logistic + search 3 ", "| logistic + search 3 by auroc ", "| logistic + search 3 by log_loss "):
        assert label in page
    [file] = (bench.folder / "leaderboard" / "results").iterdir()
    assert "--search 3 --no-baselines --objective log_loss" in file.read_text()


def test_a_saved_search_keeps_its_objective(bench):
    bench(*ONE, "--search", "2", "--objective", "auroc", "--save", "grid.toml").ok()
    assert 'objective = "auroc"' in (bench.folder / "grid.toml").read_text()
    told = bench("run", "--from", "grid.toml", "--dry-run", "--json").ok().json
    assert told == bench(*ONE, "--search", "2", "--objective", "auroc", "--dry-run", "--json").ok().json
    assert told["cells"][0]["key"] != bench(*ONE, "--search", "2", "--dry-run", "--json").ok().json["cells"][0]["key"]


KNOWN = "accuracy, auroc, average_precision, balanced_accuracy, brier, f1, kappa, log_loss, macro_f1, mcc, weighted_f1"
REFUSED = [
    (("--search", "2", "--objective", "rmse"), f"Target 'stress' has no search objective 'rmse'. Known: {KNOWN}."),
    (("--search", "2", "--target", "effort", "--objective", "auroc"),
     "Target 'effort' has no search objective 'auroc'. Known: ccc, mae, r, r2, rmse."),
    (("--objective", "auroc"), ("--objective auroc is what a search maximises, and there is none; add one, as in "
                               "--search 20, or leave out --objective.")),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "message"), REFUSED)
def test_an_objective_that_makes_no_sense_is_refused(bench, typed, message):
    bench(*ONE, *typed).usage_error(message)


def test_an_unknown_objective_is_refused_with_what_exists(bench):
    told = bench(*ONE, "--search", "2", "--objective", "f1_macro")
    assert told.code == 2
    assert told.err.startswith("Error: There is no search objective 'f1_macro'; did you mean 'macro_f1'? Known: ")
    assert all(name in told.err for names in OBJECTIVES.values() for name in names)
    assert not (bench.folder / "bench-results").exists()


def test_an_inner_part_is_worth_what_the_metric_says():
    labels, subjects = np.array([0, 1, 0, 1, 1, 1]), np.array(list("aabbcc"))
    second = np.array([0.1, 0.4, 0.9, 0.8, 0.5, 0.6])
    predictions = np.column_stack([1 - second, second])
    of = {name: worth(name, labels, predictions, ("calm", "stressed"), subjects) for name in OBJECTIVES["classes"]}
    assert of["auroc"] == 0.5  # 1 in a, 0 in b; c has one class
    assert of["accuracy"] == pytest.approx(accuracy_score(labels, second > 0.5))
    assert of["log_loss"] == pytest.approx(-log_loss(labels, second))
    assert of["brier"] == pytest.approx(-brier_score_loss(labels, second))
    one = worth("auroc", labels, predictions, ("calm", "stressed"), np.array(list("abcdef")))
    assert one == pytest.approx(roc_auc_score(labels, second))  # nobody has two classes
    assert worth("auroc", labels[-2:], predictions[-2:], ("calm", "stressed"), subjects[-2:]) == 0.5


def test_a_constant_prediction_never_wins_by_a_correlation_that_is_not_defined():
    truth, constant, inverse = np.array([1.0, 2.0, 3.0]), np.full((3, 1), 2.0), np.array([[3.0], [2.0], [2.5]])
    subjects = np.array(list("abc"))
    for metric in ("r", "ccc"):
        assert worth(metric, truth, constant, (), subjects) == 0
        assert worth(metric, truth, inverse, (), subjects) < 0
        assert worth(metric, truth, truth[:, None], (), subjects) == pytest.approx(1)
    assert worth("rmse", truth, constant, (), subjects) == pytest.approx(-np.sqrt(2 / 3))


def test_the_chosen_options_are_those_that_predict(bench):
    bench(*ONE, "--search", "4").ok()
    task = (ETA, "000-P01.s0")
    chosen = bench.record(*task)["search"]["options"]
    typed = f"logistic(C={chosen['model.C']!r}, class_weight={chosen['model.class_weight']})"
    bench(*ONE, "--model", typed, "--out", "typed").ok()
    [alone] = [path for (_, name), path in bench.tasks("typed").items() if name == task[1]]
    pd.testing.assert_frame_equal(
        pd.read_parquet(bench.tasks()[task] / "predictions.parquet"), pd.read_parquet(alone / "predictions.parquet")
    )


@pytest.mark.parametrize(("protocol", "column"), [("loso", 0), ("subject-independent", 0), ("kfold-trial", 1)])
def test_a_search_never_sees_a_held_out_window_and_splits_as_the_protocol_does(bench, install, protocol, column):
    install(bench.package("bench-spy", SPY_DECLARED, model=SPY))
    budget, parts = 2, 3 if protocol != "subject-independent" else 2  # of two people only two parts can be cut
    bench(
        *ONE,
        "--model",
        "spy",
        "--protocol",
        protocol,
        "--search",
        budget,
        "--isolation",
        "inline",
        "--calibrate",
        "none",
    ).ok()
    seen = [json.loads(line) for line in (bench.folder / "seen.jsonl").read_text().splitlines()]
    steps = 2 * (budget * parts + 1)  # each trial fits and predicts each part; then the whole, and the held-out windows
    tasks = []
    while seen:  # the first fold predicts some held-out windows again
        end = next((place for place in range(steps, len(seen)) if seen[place][0] == "fit"), len(seen))
        tasks, seen = [*tasks, seen[:end]], seen[end:]
    assert len(tasks) == len(bench.tasks())
    for task in tasks:
        expected = [("fit", True), ("predict", False)] * (steps // 2) + [("predict", False)] * (len(task) - steps)
        assert [(what, labels) for what, labels, _ in task] == expected
        parts_seen = [{tuple(row) for row in rows} for _, _, rows in task]
        inner, whole, held_out = parts_seen[: steps - 2], parts_seen[steps - 2], set().union(*parts_seen[steps - 1 :])
        assert not whole & held_out
        for fitted, validated in list(pairwise(inner))[::2]:
            assert fitted | validated == whole
            assert not {row[column] for row in fitted} & {row[column] for row in validated}
        for trial in range(budget):
            validated = inner[2 * parts * trial : 2 * parts * (trial + 1)][1::2]
            assert sum(map(len, validated)) == len(whole) == len(set().union(*validated))


def test_trials_that_start_badly_are_cut_short_and_never_chosen(bench):
    bench(*ONE, "--fusion", "none", "--search", "12").ok()
    states = {task: [trial["state"] for trial in search["trials"]] for task, search in searches(bench).items()}
    assert all(len(found) == 12 for found in states.values())
    assert any("PRUNED" in found for found in states.values())
    for task, search in searches(bench).items():
        assert states[task][:5] == ["COMPLETE"] * 5  # the median of five trials is the first to be compared with
        complete = [trial for trial in search["trials"] if trial["state"] == "COMPLETE"]
        assert search["score"] == max(trial["score"] for trial in complete)
        assert search["options"] in [trial["options"] for trial in complete]


def test_a_search_done_again_makes_the_same_choices(bench):
    bench(*ONE, "--search", "8").ok()
    before = searches(bench), bench.contents("predictions.parquet")
    bench(*ONE, "--search", "8", "--fresh").ok()
    assert (searches(bench), bench.contents("predictions.parquet")) == before


@pytest.fixture(scope="module")
def searched(shared_bench):
    """The results of a search that nobody disturbed."""
    out = shared_bench.folder / "bench-results"
    shared_bench(*NINE, "--out", out, "--cache", shared_bench.cache).ok()
    return out


@pytest.mark.parametrize("share", [0.1, 0.35, 0.5, 0.7, 0.9, 0.99])
@pytest.mark.parametrize("torn", [0, 7], ids=["between lines", "within a line"])
def test_a_search_goes_on_from_what_a_killed_process_left(bench, searched, share, torn):
    shutil.copytree(searched, bench.folder / "bench-results")
    before = searches(bench), bench.contents("predictions.parquet")
    [journal] = bench.folder.glob("bench-results/cells/*/search/*.journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    kept = int(share * len(lines))
    journal.write_bytes(b"".join(lines[:kept]) + lines[kept][:torn])
    for folder in bench.tasks().values():
        shutil.rmtree(folder)
    bench(*NINE).ok()
    assert (searches(bench), bench.contents("predictions.parquet")) == before
    assert [path.name for path in journal.parent.iterdir()] == [journal.name]


def test_a_journal_that_cannot_be_read_is_started_again(bench):
    grid = (*ONE, "--protocol", "holdout", "--search", "3")
    bench(*grid).ok()
    before = searches(bench)
    [journal] = bench.folder.glob("bench-results/cells/*/search/*.journal")
    for content in (b"no journal\n", b"\xff\xfe\n\n", b'{"op_code": 99}\n'):
        journal.write_bytes(content)
        for folder in bench.tasks().values():
            shutil.rmtree(folder)
        bench(*grid).ok()
        assert searches(bench) == before


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_changed_byte_in_a_journal_is_announced_and_the_rest_is_searched_again(bench, searched, share):
    shutil.copytree(searched, bench.folder / "bench-results")
    before = searches(bench), bench.contents("predictions.parquet")
    [journal] = bench.folder.glob("bench-results/cells/*/search/*.journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    number = next(i for i in range(int(share * len(lines)), len(lines)) if b'"value' in lines[i])
    digits = [place for place, byte in enumerate(lines[number]) if chr(byte).isdecimal()]
    changed = bytearray(lines[number])
    changed[digits[-1]] ^= 1  # another digit
    journal.write_bytes(b"".join([*lines[:number], bytes(changed), *lines[number + 1 :]]))
    for folder in bench.tasks().values():
        shutil.rmtree(folder)
    said = bench(*NINE).ok()
    assert said.err == (
        f"{journal.relative_to(bench.folder)} is damaged; the search goes on from its first {number} lines.\n"
    )
    assert (searches(bench), bench.contents("predictions.parquet")) == before


def test_more_trials_are_another_cell(bench):
    for budget in (2, 3):
        bench(*ONE, "--protocol", "holdout", "--search", budget).ok()
    found = [json.loads(path.read_text()) for path in bench.folder.glob("bench-results/cells/*/cell.json")]
    assert sorted(cell["cell"]["search"] for cell in found) == [2, 3]


@pytest.mark.no_cover  # others cover its lines; tracing its many fits would take half as long again
def test_where_nothing_depends_on_stress_a_search_stays_at_chance(bench):
    worlds = ",".join(f"synthetic(mode=null, n_subjects=6, minutes=4, seed={seed})" for seed in range(3))
    told = bench(*BASE, "--fusion", "late", "--model", "knn", "--search", "8", "--dataset", worlds, "--json").ok().json
    people = [score for cell in told["cells"] for score in cell["metrics"]["balanced_accuracy"]["folds"]]
    assert len(people) == 3 * 6
    low, high = stats.t.interval(0.95, len(people) - 1, np.mean(people), stats.sem(people))
    assert low < 0.5 < high
