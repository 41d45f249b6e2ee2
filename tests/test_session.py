"""What notebooks call: the same results as the commands, as typed objects."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bench import session
from bench.errors import UsageError
from bench.leaderboard.seeds import seed_spread, seed_tolerance
from bench.planning.grid import Grid
from bench.planning.reporter import Reporter

AXES = {"modalities": ["eda", "bvp"], "profile": "smoke", "fusion": ["late", "none"], "seed": [0, 1]}


class Recorder(Reporter):
    """Keeps what it is told."""

    def __init__(self):
        self.warnings, self.tasks, self.pending = [], [], None

    def planned(self, plan):
        self.pending = len(plan.pending)

    def task(self, info):
        self.tasks.append(info)

    def warn(self, text):
        self.warnings.append(text)


@pytest.fixture(scope="module")
def ran(tmp_path_factory, shared_cache):
    """One run from Python: its folder, its result, and what was reported."""
    out, report = tmp_path_factory.mktemp("session"), Recorder()
    result = session.run(**AXES, model="knn(k=3)", out=out, cache=shared_cache, report=report)
    return out, result, report


def test_a_run_gives_its_rows_and_reports_its_tasks(ran):
    _, result, report = ran
    assert report.pending == len(report.tasks) == 8 * len(result.rows)
    rows = [row for row in result.rows if not row.baseline]
    assert {(row.summary.fusion, *row.summary.cell.modalities) for row in rows} == {
        ("late", "eda", "bvp"), ("none", "eda"), ("none", "bvp"),
    }  # fmt: skip
    assert len(result.comparisons) == 1
    assert result.failures == []
    assert result.refused == []


def test_a_frame_has_a_line_per_row_with_intervals_and_the_spread_over_seeds(ran):
    _, result, _ = ran
    frame = result.to_frame()
    assert len(frame) == len(result.rows)
    late = frame[frame["fusion"] == "late"].iloc[0]
    summary = next(row.summary for row in result.rows if row.summary.fusion == "late")
    assert late["accuracy"] == summary.metrics["accuracy"].mean
    assert late["accuracy_low"] <= late["accuracy"] <= late["accuracy_high"]
    assert (late["modalities"], late["seeds"], late["verdict"]) == ("eda+bvp", (0, 1), "clean")
    assert set(frame["beats"]) <= {"yes", "no", "baseline"}


def test_the_spread_over_seeds_is_that_of_the_means_of_each_seed(ran):
    out, result, _ = ran
    for row in result.rows:
        folder = out / "cells" / row.summary.key / "tasks"
        means = []
        for seed in (0, 1):
            tables = [pd.read_parquet(path / "predictions.parquet") for path in sorted(folder.glob(f"*.s{seed}"))]
            means.append(np.mean([(table["label"] == (table["p.stressed"] > 0.5)).mean() for table in tables]))
        found = seed_spread(row.summary, "accuracy")
        if row.summary.model == "stratified":  # draws labels, so that half of a probability decides otherwise
            continue
        assert found == pytest.approx((np.mean(means), np.std(means, ddof=1)), abs=2e-6)


def test_a_single_seed_has_no_spread(summary_of):
    mean, deviation = seed_spread(summary_of([0.5, 0.75], "accuracy"), "accuracy")
    assert mean == 0.625
    assert np.isnan(deviation)


def test_the_tolerance_is_twice_the_deviation_of_a_difference_between_means_over_seeds(summary_of):
    def over_seeds(*means):
        summary = summary_of([0.5, 0.75], "accuracy", seeds=tuple(range(len(means))))
        return replace(summary, metrics={"accuracy": replace(summary.metrics["accuracy"], seed_means=means)})

    first, second, fixed = over_seeds(0.70, 0.72, 0.74), over_seeds(0.60, 0.68, 0.64), over_seeds(0.9, 0.9, 0.9)
    # deviations 0.02 and 0.04; variances of a difference 2 * 0.0004 / 3 and 2 * 0.0016 / 3, on average 0.002 / 3
    assert seed_tolerance([first, second, fixed], "accuracy") == pytest.approx(2 * (0.002 / 3) ** 0.5)
    assert np.isnan(seed_tolerance([fixed, over_seeds(0.7)], "accuracy"))


def test_stored_results_are_shown_as_those_of_the_run(ran):
    out, result, _ = ran
    shown = session.show(out=out)
    assert shown.summaries == result.summaries
    assert shown.unfinished == []
    [key] = [summary.key for summary in result.summaries if summary.fusion == "late"]
    alone = session.show(key[:10], out=out)
    assert [row.summary.key for comparison in alone.comparisons for row in comparison.rows] == [key]
    [row] = alone.comparisons[0].rows
    assert row.gain == next(row.gain for row in result.rows if row.summary.key == key)


def test_a_plan_trains_nothing_and_knows_what_is_stored(ran, shared_cache):
    out, result, _ = ran
    plan = session.plan(**AXES, model="knn(k=3)", out=out, cache=shared_cache)
    assert plan.pending == []
    more = session.plan(**AXES | {"seed": [0, 1, 2]}, model="knn(k=3)", out=out, cache=shared_cache)
    assert len(more.pending) == 4 * len(result.rows)


def test_axes_change_those_of_a_grid(ran, shared_cache):
    out, _, _ = ran
    grids = [Grid(profile="smoke", modalities=("eda",)), Grid(profile="smoke", modalities=("bvp",))]
    plan = session.plan(grids, fusion="none", baselines=False, out=out, cache=shared_cache)
    assert [cell.resolved.label for cell in plan.cells] == ["logistic · none · eda", "logistic · none · bvp"]


def test_published_results_are_replayed(ran, tmp_path, shared_cache):
    out, result, _ = ran
    published = session.leaderboard(out=out, to=tmp_path / "pages", formats=["md", "json"])
    assert {summary.key for summary in published.taken} == {summary.key for summary in result.summaries}
    assert published.pages == [tmp_path / "pages" / "README.md", tmp_path / "pages" / "leaderboard.json"]
    found = session.check_published(tmp_path / "pages")
    assert (found.pages, found.stale, found.without_digests) == (published.pages, [], [])
    [path] = (tmp_path / "pages" / "results").iterdir()
    report = Recorder()
    again = session.replay(path, out=tmp_path / "again", cache=shared_cache, report=report)
    assert report.warnings == [f"Replaying {path}; nothing differs now."]
    assert [summary.to_json(varying=False) for summary in again.summaries] == [
        summary.to_json(varying=False) for key in [summary.key for summary in again.summaries]
        for summary in result.summaries if summary.key == key
    ]  # fmt: skip


def test_a_mistake_is_the_error_of_the_command_line():
    with pytest.raises(UsageError) as caught:
        session.run(modle="knn")
    assert str(caught.value).startswith("There is no key of a grid (in the arguments) 'modle'; did you mean 'model'?")


def test_bench_run_is_imported_when_it_is_used():
    code = (
        "import sys, os, bench; assert 'numpy' not in sys.modules; run = bench.run; from bench import session; "
        "assert run is session.run; assert os.environ['OMP_NUM_THREADS'] == '1'\n"
        "try: bench.walk\nexcept AttributeError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "module 'bench' has no attribute 'walk'\n"
