"""What a grid takes: a few tasks measured, and many workers simulated."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.cli.plan import size
from bench.cli.plan.simulation import Cluster, bundles, simulate
from bench.leaderboard.columns import duration

GRID = ("--profile", "smoke", "--modalities", "eda", "--fusion", "none", "--no-baselines", "--model", "logistic,knn")


def test_equal_tasks_without_failures_take_as_many_rounds_as_needed():
    found = simulate([3.0] * 10, Cluster(4, bundle=0))
    assert found.seconds == pytest.approx(9)
    assert found.efficiency == pytest.approx(30 / 36)
    assert (found.failures, found.lost, found.driver) == (0, 0, 0)


def test_a_driver_that_stores_slowly_bounds_many_workers():
    found = simulate([1.0] * 1000, Cluster(1000, store=0.02))
    assert found.seconds == pytest.approx(1 + 1000 * 0.02)
    assert found.driver == pytest.approx(20 / 21)


def test_the_longest_tasks_come_first_and_short_ones_together():
    assert bundles([1, 5, 1, 1, 9], 3) == [[9], [5], [1, 1, 1]]
    assert bundles([1, 1, 1], 0) == [[1], [1], [1]]
    each, together = (simulate([1.0] * 60, Cluster(1, start=0.5, bundle=size)).seconds for size in (0, 30))
    assert (each, together) == (pytest.approx(90), pytest.approx(62))  # four bundles, though two would do


def test_work_that_failures_cost_is_what_the_formula_says():
    """A task of t seconds on a worker that fails with rate r takes (exp(rt) - 1) / r seconds of work on average."""
    rate, seconds, tasks = 60.0, 40.0, 4000  # a failure a minute
    found = simulate([seconds] * tasks, Cluster(1, failures=rate, back=0), seed=3)
    per_second = rate / 3600
    expected = (np.exp(per_second * seconds) - 1) / per_second
    assert (seconds * tasks + found.lost) / tasks == pytest.approx(expected, rel=0.05)
    assert found.failures == pytest.approx(tasks * (np.exp(per_second * seconds) - 1), rel=0.05)


@given(
    st.lists(st.floats(0.1, 50), min_size=1, max_size=40),
    st.integers(1, 60),
    st.floats(0, 5),
    st.floats(0, 60),
    st.integers(0, 9),
)
def test_every_task_ends_once_and_no_worker_is_used_twice(tasks, workers, failures, bundle, seed):
    found = simulate(tasks, Cluster(workers, failures=failures, back=5, start=0.1, store=0.01, bundle=bundle), seed)
    assert 0 < found.efficiency <= 1
    assert found.seconds >= max(tasks)
    assert found.driver * found.seconds == pytest.approx(0.01 * len(tasks))
    assert found == simulate(tasks, Cluster(workers, failures, 5, 0.1, 0.01, bundle), seed)


def test_measured_tasks_are_kept_and_the_run_goes_on_from_there(bench):
    told = bench("plan", *GRID, "--samples", "1", "--workers", "1,2", "--json").ok().json
    assert [(row["tasks"], row["missing"]) for row in told["rows"]] == [(4, 3), (4, 3)]
    assert all(row["seconds"] > 0 and row["stored_bytes"] > 1000 for row in told["rows"])
    assert told["workers"]["2"]["seconds"] < told["workers"]["1"]["seconds"]
    assert told["assumptions"]["store"] > 0
    assert len(bench.tasks()) == 2
    assert not list((bench.folder / "bench-results").glob(".plan-*"))
    assert "2 of 8 tasks were stored before." in bench("run", *GRID).ok().out
    said = bench("plan", *GRID).ok().out
    assert "0 tasks left" in said
    assert "tasks were run" not in said
    run = max((bench.folder / "bench-results" / "runs").glob("*.json"))
    assert bench("plan", "--from", run, "--json").ok().json["rows"] == bench("plan", *GRID, "--json").ok().json["rows"]
    bench("plan", *GRID, "--failures", "nan").usage_error("--failures takes a number, not nan.")


def test_the_table_says_what_it_assumes(bench):
    said = bench("plan", *GRID, "--samples", "1", "--failures", "2").ok().out
    assert "6 tasks left" in said
    assert "fails 2 times an hour and is back after 60 s" in " ".join(said.split())


def test_a_row_that_cannot_be_measured_is_named_with_the_reason(bench):
    bench("plan", *GRID, "--workers", "0").usage_error(
        "--workers takes numbers from 1 to 100000, as in 1,4,16, not '0'."
    )
    said = bench("plan", *GRID, "--dataset", "synthetic(n_subjects=1)", "--samples", "1")
    assert said.code in (1, 2)
    assert said.err.startswith("Error: ")


def test_times_and_sizes_are_short():
    assert [duration(each) for each in (0, 0.001, 0.1234, 99, 600, 36_000, 10**6)] == [
        "0 s",
        "< 0.01 s",
        "0.12 s",
        "99.00 s",
        "10.0 min",
        "10.0 h",
        "11.6 d",
    ]
    assert [size(each) for each in (12, 12_345, 12_345_678, 1.2e10)] == ["12 B", "12 kB", "12 MB", "12.0 GB"]
