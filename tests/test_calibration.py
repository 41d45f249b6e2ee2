"""Thresholds and temperatures that folds choose on inner predictions, from the command line."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from bench.results.task_record import CalibrationRecord
from bench.running.opened_cell import open_cell
from bench.scoring.calibration import fit_temperature, reliability, with_temperature
from bench.scoring.thresholds import best_threshold
from bench.worker import calibration
from bench.worker.fit import fit
from bench.worker.wire import Malformed

BASE = ("run", "--profile", "smoke", "--modalities", "eda", "--fusion", "none", "--no-baselines")
LABEL, FOLD = "logistic · none · eda", "001-P02.s0"

DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_models():
    return [Plugin("shy", "bench_shy.model:Shy", "It ranks windows well, and is never sure.")]
"""
SHY = """
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from sklearn.linear_model import LogisticRegression
from bench.api import Model

@dataclass(frozen=True)
class Shy(Model):
    inputs: ClassVar = "features"

    def estimator(self, seed, device):
        return Fitted()

class Fitted:
    def fit(self, train, validation):
        features = np.nan_to_num(train.features())
        self.offset, self.scale = features.mean(axis=0), features.std(axis=0) + 1e-9
        self.inner = LogisticRegression().fit((features - self.offset) / self.scale, train.labels)

    def predict_proba(self, windows):
        features = (np.nan_to_num(windows.features()) - self.offset) / self.scale
        high = 0.45 * self.inner.predict_proba(features)[:, 1]
        return np.column_stack([1 - high, high])
"""


def inner(bench, key, number, spec=None):
    """Labels and predictions of windows that were held out in three inner parts of the training part of a fold."""
    opened = open_cell(str(bench.folder / "bench-results"), str(bench.cache), key)
    split = opened.data.cut(opened.folds[number])
    spec, part = spec or opened.spec("cpu"), split.part
    labels, found = [], []
    for inside, held_out in spec.protocol.inner(part.table, np.arange(len(part.table)), 3):
        assert not set(part.table["subject"].iloc[inside]) & set(part.table["subject"].iloc[held_out])
        labels.append(part.labels[held_out])
        found.append(fit(spec, part.take(inside), 0).predict(part.windows.take(held_out)))
    return np.concatenate(labels), np.concatenate(found)


def predictions(bench, label, task, out="bench-results"):
    return pd.read_parquet(bench.tasks(out)[label, task] / "predictions.parquet")


def key_of(bench, label=LABEL):
    [key] = {path.parents[1].name for (found, _), path in bench.tasks().items() if found == label}
    return key


def test_the_threshold_is_the_best_one_on_inner_predictions(bench):
    bench(*BASE).ok()
    record, table = bench.record(LABEL, FOLD), predictions(bench, LABEL, FOLD)
    labels, found = inner(bench, key_of(bench), 1)
    expected = best_threshold(labels, found[:, 1])
    assert record["calibration"] == {
        "windows": 192,
        "threshold": pytest.approx(expected, abs=1e-9),
        "temperature": None,
    }
    assert set(table["threshold"]) == {record["calibration"]["threshold"]}
    tuned = balanced_accuracy_score(table["label"], table["p.stressed"] >= table["threshold"])
    plain = balanced_accuracy_score(table["label"], table["p.stressed"] > table["p.calm"])
    assert record["metrics"]["tuned_balanced_accuracy"] == pytest.approx(tuned)
    assert record["metrics"]["balanced_accuracy"] == pytest.approx(plain)


def test_a_model_that_never_crosses_one_half_has_its_balanced_accuracy(bench):
    package = bench.package("bench-shy", DECLARED, model=SHY)
    run = (*BASE, "--dataset", "synthetic(effect=3)", "--model", "shy")
    row = bench.process(*run, "--json", packages=(package,)).ok().json["cells"][0]
    assert row["metrics"]["auroc"]["mean"] > 0.9
    assert row["metrics"]["balanced_accuracy"]["mean"] == 0.5  # none of its probabilities is above 0.45
    assert row["metrics"]["tuned_balanced_accuracy"]["mean"] > 0.75


def test_the_temperature_is_that_of_inner_predictions_and_ranks_stay(bench):
    bench(*BASE, "--calibrate", "none").ok()
    plain, raw = bench.record(LABEL, FOLD), predictions(bench, LABEL, FOLD)
    labels, found = inner(bench, key_of(bench), 1)
    bench("run", *BASE[1:], "--calibrate", "temperature", "--out", "scaled").ok()
    record, table = bench.record(LABEL, FOLD, "scaled"), predictions(bench, LABEL, FOLD, "scaled")
    temperature = record["calibration"]["temperature"]
    assert temperature == pytest.approx(fit_temperature(labels, found), rel=1e-6)
    names = ["p.calm", "p.stressed"]
    np.testing.assert_allclose(table[names], with_temperature(raw[names].to_numpy(), temperature), atol=1e-12)
    assert roc_auc_score(table["label"], table["p.stressed"]) == pytest.approx(plain["metrics"]["auroc"], abs=1e-9)
    assert temperature > 1
    assert record["metrics"]["log_loss"] < plain["metrics"]["log_loss"]


def test_without_calibration_nothing_is_chosen(bench):
    bench(*BASE, "--calibrate", "none").ok()
    record = bench.record(LABEL, FOLD)
    assert "calibration" not in record
    assert "threshold" not in predictions(bench, LABEL, FOLD)
    assert record["metrics"]["tuned_balanced_accuracy"] == record["metrics"]["balanced_accuracy"]


def test_a_number_has_neither(bench):
    bench(*BASE, "--target", "effort", "--model", "linear").ok()
    [(task, _)] = [item for item in bench.tasks().items() if item[0][1] == FOLD]
    record = bench.record(*task)
    assert record["cell"]["calibrate"] == ""
    assert "calibration" not in record


def test_networks_use_the_windows_that_they_set_aside(bench):
    run = (*BASE, "--model", "attx", "--protocol", "holdout", "-o", "model.epochs=2")
    bench(*run, "-o", "model.stopping=best").ok()
    [(task, _)] = bench.tasks().items()
    record = bench.record(*task)
    assert 0 < record["calibration"]["windows"] < record["windows"]["train"]
    bench(*run, "--out", "all").ok()  # without a validation part
    [(task, _)] = bench.tasks("all").items()
    assert bench.record(*task, "all")["calibration"] == {"windows": 0, "threshold": 0.5, "temperature": None}


def test_rows_at_a_temperature_are_rows_of_their_own_and_can_be_typed_again(bench):
    bench(*BASE).ok()
    shown = bench(*BASE, "--calibrate", "temperature").ok().table
    assert "logistic + temperature" in shown
    bench("leaderboard", "--to", "leaderboard").ok()
    [published] = (bench.folder / "leaderboard" / "results").glob("*.jsonl")
    rows = [json.loads(line) for line in published.read_text().splitlines()[1:]]
    assert sorted(row["cell"]["calibrate"] for row in rows) == ["temperature", "threshold"]
    assert sorted("--calibrate temperature" in row["command"] for row in rows) == [False, True]
    for row in rows:
        assert sum(found["windows"] for found in row["reliability"]) == 256


def test_the_reliability_of_a_row_is_that_of_its_predictions(bench):
    row = bench(*BASE, "--json").ok().json["cells"][0]
    tables = [predictions(bench, *task) for task in bench.tasks()]
    labels = np.concatenate([table["label"] for table in tables])
    probabilities = np.concatenate([table[["p.calm", "p.stressed"]] for table in tables])
    expected = reliability(labels, probabilities)
    filled = expected.counts > 0
    assert [found["windows"] for found in row["reliability"]] == expected.counts[filled].tolist()
    confidence = [found["confidence"] for found in row["reliability"]]
    np.testing.assert_allclose(confidence, expected.confidence[filled], atol=1e-6)
    shown = bench("show", key_of(bench)[:8]).ok().out
    assert "confidence    accuracy    windows" in shown
    assert f"{confidence[0]:.3f}" in shown
    thresholds = [bench.record(*task)["calibration"]["threshold"] for task in bench.tasks()]
    assert f"threshold of folds: median {np.median(thresholds):.3f}, {min(thresholds):.3f} to " in shown


FORGED = [None, {}, {"windows": -1}, {"threshold": 1.5}, {"threshold": "0.5"}, {"temperature": 1e9}]


@pytest.mark.parametrize("change", FORGED)
def test_what_a_worker_sends_is_checked(change):
    sent = {"windows": 3, "threshold": 0.4, "temperature": None}
    assert calibration.received(dict(sent)) == CalibrationRecord(3, 0.4)
    with pytest.raises(Malformed):
        calibration.received(change if not change else sent | change)


def test_one_class_alone_chooses_nothing():
    alone = np.ones(4, dtype=int), np.tile([0.2, 0.8], (4, 1))
    assert calibration.chosen("temperature", alone) == CalibrationRecord(4, 0.5)
    three = np.arange(3), np.eye(3) * 0.7 + 0.1
    assert calibration.chosen("threshold", three) == CalibrationRecord(3)


def test_what_fails_on_an_inner_part_fails_the_fold(bench):
    start = "    def fit(self, train, validation):\n"
    broken = SHY.replace(start, f"{start}        assert len(train.labels) > 150, 'too few'\n")
    package = bench.package("bench-shy", DECLARED, model=broken)
    found = bench.process(*BASE, "--model", "shy", packages=(package,))
    assert found.code == 1
    assert "too few" in found.err
    assert "This fit was on an inner part, to choose a threshold; --calibrate none leaves it out." in found.err
    bench.process(*BASE, "--model", "shy", "--calibrate", "none", packages=(package,)).ok()
