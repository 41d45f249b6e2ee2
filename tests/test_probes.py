"""Probes: what uses other windows, identities or labels is found and named, and no built-in plugin is."""

from dataclasses import replace

import numpy as np
import pytest

from bench.audit.probed import SESSIONS
from bench.checks.examples.recording import recording
from bench.checks.recordings import relabelled
from bench.code import core
from bench.registry import Registry
from bench.results.store import Store
from bench.running import opened_cell
from bench.running.fold_desk import FoldDesk
from bench.running.isolation import Isolation
from bench.running.probes import gaps, in_blocks
from bench.running.refit import with_prefix

CHEATS = {
    "__init__": """
from bench.api import Plugin, hookimpl
from cheats.models import MODELS

@hookimpl
def bench_models():
    return [Plugin(name, f"cheats.models:{cls}", "It is made up.") for name, cls in MODELS.items()]

@hookimpl
def bench_preprocessors():
    return [Plugin("hint", "cheats.steps:Hint", "It is made up."), Plugin("carry", "cheats.steps:Carry", "So is it.")]
""",
    "models": """
from dataclasses import dataclass
import itertools
import os
import numpy as np
from bench.api import Model

class Rule:
    def fit(self, train, validation):
        values = self.values(train)
        weights = self.weights(train)
        self.means = np.stack([np.average(values[train.labels == number], 0, weights[train.labels == number])
                               for number in range(len(train.classes))])

    def weights(self, train):
        return np.ones(len(train))

    def values(self, windows):
        return np.nan_to_num(windows.features())

    def predict_proba(self, windows):
        return self.nearest(self.values(windows))

    def nearest(self, values):
        distances = ((values[:, None] - self.means) ** 2).mean(2)
        return np.exp(-distances) / np.exp(-distances).sum(1, keepdims=True)

class BatchMean(Rule):
    def predict_proba(self, windows):
        values = self.values(windows)
        return self.nearest(values - values.mean(0) + self.means.mean(0))

class Adapts(Rule):
    def predict_proba(self, windows):
        values = self.values(windows)
        self.means = 0.9 * self.means + 0.1 * values.mean(0)
        return self.nearest(values)

class Position(Rule):
    def predict_proba(self, windows):
        found = super().predict_proba(windows)
        found[::2] = found[::2, ::-1]
        return found

class Remembers(BatchMean):
    known = None

    def predict_proba(self, windows):
        self.known = {} if self.known is None else self.known
        found = super().predict_proba(windows)
        for row, values in enumerate(self.values(windows)):
            found[row] = self.known.setdefault(values.tobytes(), found[row])
        return found

class Codes(Rule):
    def weights(self, train):
        return 1.0 + train.subject ** 2

class Random(Rule):
    def weights(self, train):
        return np.frombuffer(os.urandom(len(train)), np.uint8) + 1.0

MODELS = {"honest": "Honest", "batch-mean": "BatchMeanModel", "adapts": "AdaptsModel", "position": "PositionModel",
          "remembers": "RemembersModel", "codes": "CodesModel", "random": "RandomModel"}

def model(rule, name):
    cls = type(name, (Model,), {"inputs": "features", "estimator": lambda self, seed, device: rule(),
                                "__module__": __name__})
    return dataclass(frozen=True)(cls)

Honest, BatchMeanModel, AdaptsModel, PositionModel, RemembersModel, CodesModel, RandomModel = (
    model(rule, name) for rule, name in zip((Rule, BatchMean, Adapts, Position, Remembers, Codes, Random),
                                            MODELS.values()))
""",
    "steps": """
from dataclasses import dataclass, replace
import numpy as np
from bench.api import Preprocessor

@dataclass(frozen=True)
class Hint(Preprocessor):
    scope = "window"

    def apply(self, recording):
        signals = {}
        for name, signal in recording.signals.items():
            values = np.array(signal.values)
            for segment in recording.segments:
                here = slice(int(segment.start * signal.rate), int(segment.stop * signal.rate))
                values[:, here] += 5 * len(next(iter(segment.targets.values())))
            signals[name] = replace(signal, values=values)
        return replace(recording, signals=signals)

levels = []

@dataclass(frozen=True)
class Carry(Preprocessor):
    scope = "window"

    def apply(self, recording):
        signals = {}
        for name, signal in recording.signals.items():
            levels.append(float(np.nanmean(signal.values)))
            signals[name] = replace(signal, values=signal.values - np.mean(levels))
        return replace(recording, signals=signals)
""",
}
GRID = ("--profile", "smoke", "--modalities", "eda", "--fusion", "none", "--no-baselines")


@pytest.fixture
def cheats(bench, install):
    install(bench.package("cheats", CHEATS["__init__"], models=CHEATS["models"], steps=CHEATS["steps"]))
    return bench


def probe_findings(row):
    return {finding["name"]: finding for finding in row["audit"]["findings"] if finding["name"].startswith("probe")}


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("honest", set()),
        ("batch-mean", {"probe: alone", "probe: other windows"}),
        ("adapts", {"probe: alone", "probe: other windows", "probe: order"}),
        ("position", {"probe: alone", "probe: other windows", "probe: order"}),
    ],
)
def test_a_run_names_a_model_that_uses_other_held_out_windows(cheats, model, names):
    [row] = cheats("run", *GRID, "--model", model, "--json").ok().json["cells"]
    found = probe_findings(row)
    assert set(found) <= names
    assert ("probe: other windows" in found) == bool(names)
    assert ("probe: order" in found) == ("probe: order" in names)
    assert row["audit"]["verdict"] == ("leaky" if names else "clean")
    for finding in found.values():
        assert finding["text"].startswith(f"The model '{model}' predicts ")
    assert set(row["probes"]) == {"alone", "order", "other windows"}
    assert set(found) == {f"probe: {name}" for name, passed in row["probes"].items() if not passed}


@pytest.mark.parametrize(
    ("model", "failed", "severity"),
    [
        ("honest", None, None),
        ("remembers", "other windows", "leaky"),
        ("codes", "other codes", "leaky"),
        ("random", "refit", "note"),
    ],
)
def test_the_probes_of_a_stored_row_find_what_one_fold_does_not_show(cheats, model, failed, severity):
    [row] = cheats("run", *GRID, "--model", model, "--json").ok().json["cells"]
    assert row["audit"]["verdict"] == "clean" or model == "remembers"  # as far as a single process can tell
    audited = cheats("audit", "--probe", "--folds", "1", "--json")
    assert audited.code == (1 if severity == "leaky" else 0)
    [told] = audited.json
    found = probe_findings(told)
    assert (f"probe: {failed}" in found) == bool(failed)
    assert told["audit"]["verdict"] == ("leaky" if severity == "leaky" else "clean")
    if failed:
        assert found[f"probe: {failed}"]["severity"] == severity
        assert found[f"probe: {failed}"]["text"].startswith(f"The model '{model}' predicts ")
    if failed in ("other codes", "refit"):
        assert set(found) == {f"probe: {failed}"}
    shown = cheats("show").ok().out
    assert bool(failed) == (f"The model '{model}' predicts " in shown)
    cheats("leaderboard", "--to", "pages").ok()
    assert f"audit: **{told['audit']['verdict']}**" in (cheats.folder / "pages" / "README.md").read_text()
    assert cheats("show", "--json").ok().json[0]["probes"] == told["probes"]


def test_a_strict_run_ends_with_an_error_where_a_probe_fails_and_keeps_its_results(cheats):
    cheats("run", *GRID, "--model", "honest", "--strict").ok()
    for _ in range(2):  # the second time all results are stored
        said = cheats("run", *GRID, "--model", "honest,batch-mean", "--strict")
        assert said.code == 1
        assert said.err.splitlines()[-1] == (
            "Error: --strict refuses batch-mean · none · eda, which a probe shows to be leaky: The model 'batch-mean' "
            "predicts a window otherwise when no other window comes with it. The results are stored; "
            "'bench audit' shows all findings."
        )
        assert {label for label, _ in cheats.tasks()} == {"honest · none · eda", "batch-mean · none · eda"}
    cheats("run", *GRID, "--model", "honest,batch-mean").ok()


def test_a_step_that_remembers_other_subjects_makes_the_row_leaky(cheats):
    cheats("run", *GRID, "--preprocess", "clip(-50,50) | carry").ok()
    audited = cheats("audit", "--probe", "--folds", "1", "--json")
    [row] = audited.json
    assert audited.code == 1
    text = "The step 'carry' returns other values when subjects come in another order."
    assert [finding["text"] for finding in probe_findings(row).values()] == [text]
    assert row["audit"]["verdict"] == "leaky"
    assert row["probes"]["step clip: labels"]
    assert row["probes"]["step clip: subjects"]


def test_the_checks_of_a_step_find_that_it_uses_labels(cheats):
    told = cheats("check", "hint", "--json")
    failed = {row["check"]: row["reason"] for row in told.json if not row["ok"]}
    assert failed["labels_are_ignored"].startswith("With permuted labels, the values of 'ecg' changed")


def test_probing_changes_no_result_and_repeats(cheats):
    cheats("run", *GRID).ok()
    shown, predictions = cheats("show", "--json").ok().json, cheats.contents("predictions.parquet")
    first = cheats("audit", "--probe", "--folds", "2", "--json").ok().out
    assert cheats("audit", "--probe", "--folds", "2", "--json").ok().out == first
    again = cheats("show", "--json").ok().json
    assert [{**row, "probes": {}} for row in shown] == [{**row, "probes": {}} for row in again]
    times = cheats.times()
    cheats("run", *GRID).ok()
    assert (cheats.times(), cheats.contents("predictions.parquet")) == (times, predictions)


def test_a_row_of_other_code_is_refused(cheats):
    cheats("run", *GRID, "--model", "honest").ok()
    [key] = Store(cheats.folder / "bench-results").cells()
    module = cheats.folder / "with-cheats" / "cheats" / "models.py"
    module.write_text(module.read_text() + "\nLATER = 1\n")
    core.forget()
    opened_cell.forget()
    cheats("audit", "--probe").failure(
        f"The cell {key} was run with other code or data than there are now; do its run again, and then "
        "'bench audit --probe'."
    )


# ------------------------------------------------------------------------------------- built-in plugins

INDEX = 10  # baselines of classes


def built_in(predicted):
    known = Registry()
    return [name for name in known.names("model")
            if "baseline" not in known.get("model", name).plugin.tags
            and predicted in known.get("model", name).load().predicts]  # fmt: skip


def require_passed(rows):
    """A step over whole sessions may be found, where the audit calls the row transductive before it is trained."""
    for row in rows:
        assert {"alone", "order", "other windows"} <= set(row["probes"])
        failed = {name for name, passed in row["probes"].items() if not passed}
        known = {SESSIONS} if row["audit"]["verdict"] == "transductive" else set()
        assert failed <= known, (row["model"], row["fusion"], row["probes"])
        assert len(probe_findings(row)) == len(failed)


def test_no_classical_model_and_no_baseline_is_accused(bench):
    told = bench("run", "--profile", "smoke", "--modalities", "ecg,eda", "--model", "logistic,knn,forest,boosting,svm",
                 "-o", "forest.trees=20", "--fusion", "none,early,late", "--json").ok().json  # fmt: skip
    assert len([row for row in told["cells"] if row["baseline"]]) == INDEX
    require_passed(told["cells"])


@pytest.mark.slow
@pytest.mark.parametrize("model", built_in("classes"))
def test_no_model_is_accused_by_the_complete_probes(bench, model):
    grid = ["--dataset", "synthetic(n_subjects=4, minutes=4)", "--profile", "smoke", "--modalities", "ecg,eda"]
    epochs = {"attx", "transformer", "ressin"} & {model}
    bench("run", *grid, "--model", model, *(["-o", f"{model}.epochs=2"] if epochs else [])).ok()
    told = bench("audit", "--probe", "--folds", "1", "--json").ok().json
    require_passed(told)
    assert all(row["probes"]["refit"] for row in told)
    assert sum("other codes" in row["probes"] for row in told) == len(told) - INDEX


@pytest.mark.slow
def test_no_step_of_a_preset_is_accused(bench):
    bench("run", *GRID, "--model", "logistic", "--preprocess", "attx").ok()
    [row] = bench("audit", "--probe", "--folds", "1", "--json").ok().json
    require_passed([row])
    assert sum(name.startswith("step ") for name in row["probes"]) >= 4


@pytest.mark.slow
def test_no_model_of_a_regression_target_is_accused(bench):
    bench("run", "--profile", "smoke", "--modalities", "ecg,eda", "--target", "effort", "--fusion", "none,early,late",
          "--model", ",".join(built_in("numbers"))).ok()  # fmt: skip
    require_passed(bench("audit", "--probe", "--folds", "1", "--json").ok().json)


@pytest.mark.slow
def test_a_searched_row_is_probed_with_its_chosen_options(bench):
    bench("run", "--profile", "smoke", "--modalities", "eda", "--fusion", "none", "--model", "knn,forest", "--search",
          "3", "--no-baselines", "--protocol", "subject-independent(k=3)").ok()  # fmt: skip
    told = bench("audit", "--probe", "--folds", "2", "--json").ok().json
    require_passed(told)
    assert all(row["probes"]["other codes"] and row["probes"]["refit"] for row in told)


# ------------------------------------------------------------------------------------------------ parts


@pytest.mark.parametrize("count", [1, 2, 5, 64, 513])
def test_every_window_counts_once_whatever_probes_are_among_the_blocks(count):
    values = np.random.default_rng(count).random((count, 2))
    predictions = in_blocks(np.arange(count), 3, probed=True)
    while block := predictions.next:
        predictions.found.append(values[block.rows])
    np.testing.assert_array_equal(predictions.values(), values)
    assert predictions.gaps() == {"alone": 0, "order": 0, "other windows": 0}
    real = np.concatenate([block.rows for block in predictions.blocks if not block.probe])
    assert sorted(real) == list(range(count))


def test_probes_lie_among_other_blocks_in_an_order_that_the_seed_decides():
    many = [in_blocks(np.arange(100), seed, probed=True).blocks for seed in range(20)]
    places = {[block.probe for block in blocks].index("") for blocks in many}
    assert len(places) > 3
    first, second = (in_blocks(np.arange(100), 7, probed=True).blocks for _ in range(2))
    assert all(np.array_equal(one.rows, other.rows) for one, other in zip(first, second, strict=True))


def test_a_probe_knows_order_from_company():
    values = np.linspace(0, 1, 40)[:, None]
    assert gaps(lambda rows: values[rows] - values[rows].mean(), 40, 0)["order"] == pytest.approx(0, abs=1e-12)
    assert gaps(lambda rows: values[rows] + np.arange(len(rows))[:, None] / 40, 40, 0)["order"] > 0.01


def test_held_out_signals_change_nothing_of_what_a_worker_is_given_before_it_predicts(bench):
    bench("run", "--profile", "smoke", "--modalities", "eda", "--fusion", "none", "--model", "attx", "-o",
          "attx.epochs=1", "--protocol", "kfold-trial(k=3)", "--no-baselines").ok()  # fmt: skip
    store = Store(bench.folder / "bench-results")
    [key] = store.cells()
    opened = opened_cell.open_cell(str(store.root), str(bench.cache), key)
    task = min(path.name for path in (store.cell(key) / "tasks").iterdir())
    usual = FoldDesk(opened, task, "cpu", store, Isolation("process"))
    whole = opened.data.everything
    source = whole.windows.windowed_signal("eda")
    kept = {number: np.zeros(signal.shape[1], dtype=bool) for number, signal in source.signals.items()}
    for row in usual.split.rows:
        kept[int(source.recording[row])][source.start[row] : source.start[row] + source.width] = True
    signals = {number: np.where(kept[number], signal, 77) for number, signal in source.signals.items()}
    windows = whole.windows.replaced({"eda": replace(source, signals=signals)})
    changed = replace(opened.data, everything=replace(whole, windows=windows))
    other = FoldDesk(opened_cell.OpenCell(opened.resolved, changed, opened.folds, opened.cache), task, "cpu", store,
                     Isolation("process"))  # fmt: skip
    assert not np.array_equal(usual.test.signals(), other.test.signals())
    given, instead = (desk.job.part.windows.windowed_signal("eda") for desk in (usual, other))
    assert given.signals.keys() == instead.signals.keys()
    for number, signal in given.signals.items():
        if number in usual.test.windowed_signal("eda").recording:
            np.testing.assert_array_equal(signal, instead.signals[number])
    np.testing.assert_array_equal(usual.job.part.windows.signals(), other.job.part.windows.signals())


def test_other_codes_keep_the_order_of_numbers_and_of_texts(bench):
    bench("run", *GRID).ok()
    store = Store(bench.folder / "bench-results")
    [key] = store.cells()
    opened = opened_cell.open_cell(str(store.root), str(bench.cache), key)
    task = min(path.name for path in (store.cell(key) / "tasks").iterdir())
    part = FoldDesk(opened, task, "cpu", store, Isolation("process")).job.part
    new = with_prefix(part, 7)
    for name in ("subject", "session", "trial", "stimulus"):
        one, other = part.columns[name], new.columns[name]
        assert np.array_equal(np.unique(one, return_inverse=True)[1], np.unique(other, return_inverse=True)[1])
        texts = np.unique(one.astype(str), return_inverse=True)[1]
        assert np.array_equal(texts, np.unique(other.astype(str), return_inverse=True)[1])
        assert not np.array_equal(one, other)
        assert np.array_equal(getattr(new.windows, name), other)


def test_labels_are_permuted_over_the_recordings_of_a_subject():
    given = [recording("P01", session) for session in ("1", "2")]
    other = relabelled(given)
    labels, new = ([segment.targets for each in those for segment in each.segments] for those in (given, other))
    assert labels != new
    assert sorted(map(str, labels)) == sorted(map(str, new))
    assert [segment.trial for each in given for segment in each.segments] == [
        segment.trial for each in other for segment in each.segments
    ]
    kept = relabelled(given, "another target")
    assert [segment.targets for each in kept for segment in each.segments] == labels
