"""Leaving one subject out with logistic regression, against scikit-learn's own cross-validation."""

import shutil
import statistics
import time

import numpy as np
import pytest
from sizes import pick
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, TunedThresholdClassifierCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.planning.grid import Grid
from bench.running.opened_cell import open_cell
from bench.session import Session

HEADLINE = ("accuracy", "f1_macro", "balanced_accuracy")
SIZES = pick([(12, 20), (24, 40), (24, 160)], [(3, 4)])  # subjects, minutes of each
FOLDS, TURNS = pick((100, 3), (3, 1))


@pytest.mark.parametrize("what", ["accuracy", "three-metrics", "threshold"])
@pytest.mark.parametrize(("isolation", "jobs"), [("inline", 1), ("sandbox", 1), ("sandbox", 2)])
@pytest.mark.parametrize(("subjects", "minutes"), SIZES)
def test_loso(subjects, minutes, isolation, jobs, what, tmp_path, ratio):
    """Ours stores predictions, 15 metrics, per subject too, and a record for each fold; theirs returns scores.

    `threshold`: both choose a threshold on three inner splits of each training part.
    """
    dataset = f"synthetic(n_subjects={subjects},minutes={minutes})"
    calibrate = "threshold" if what == "threshold" else "none"
    grid = Grid(dataset=(dataset,), fusion=("early",), baselines=False, calibrate=calibrate)
    session = Session(out=tmp_path / "out", cache=tmp_path / "cache", isolation=isolation, jobs=jobs)
    plan = session.plan([grid])
    session.carry_out(plan)
    key = plan.cells[0].key
    part = open_cell(str(tmp_path / "out"), str(tmp_path / "cache"), key).data.everything
    features = np.nan_to_num(part.windows.merged().features())

    def ours():
        shutil.rmtree(tmp_path / "out" / "cells" / key / "tasks")
        assert not session.carry_out(plan).failures

    def theirs():
        pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        if what == "threshold":
            pipeline = TunedThresholdClassifierCV(pipeline, scoring="balanced_accuracy", cv=3)
        scoring = None if what == "accuracy" else HEADLINE
        groups = part.table["subject"].to_numpy()
        cross_validate(
            pipeline, features, part.labels, groups=groups, cv=LeaveOneGroupOut(), scoring=scoring, n_jobs=jobs
        )

    ratio(ours, theirs, rounds=3 if minutes > 100 else 7, clock=time.perf_counter)  # folds are processes


@pytest.mark.parametrize(("model", "fusion"), [("majority", "none"), ("knn", "early")])
def test_overhead_of_a_fold(model, fusion, tmp_path, benchmark, capsys):
    """What a confined process adds to a fold that does hardly anything: from one stored record to the next."""
    dataset = f"synthetic(n_subjects={FOLDS},minutes=4)"
    grid = Grid(dataset=(dataset,), model=(model,), fusion=(fusion,), baselines=False, calibrate="none")
    times = {"inline": [], "sandbox": []}

    def measure(isolation):
        out = tmp_path / isolation
        session = Session(out=out, cache=tmp_path / "cache", isolation=isolation, jobs=1, fresh=True)
        assert not session.carry_out(session.plan([grid])).failures
        stored = sorted(path.stat().st_mtime_ns for path in out.glob("cells/*/tasks/*/record.json"))
        times[isolation] += np.diff(stored).tolist()

    benchmark.pedantic(lambda: [measure(isolation) for isolation in times], rounds=TURNS)
    inline, sandbox = (statistics.median(times[isolation]) / 1e6 for isolation in ("inline", "sandbox"))
    benchmark.extra_info["overhead_ms"] = sandbox - inline
    with capsys.disabled():
        print(f"\n{benchmark.name}: {sandbox:.1f} ms a fold, {inline:.1f} ms inline, {sandbox - inline:.1f} ms more")
