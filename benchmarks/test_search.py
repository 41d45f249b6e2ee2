"""Trials of a search side by side against one after the other, in the one task of a holdout.

pytest benchmarks/test_search.py -n 0 -s
"""

import time
from multiprocessing import get_context
from multiprocessing.pool import ThreadPool

import pytest
from sizes import pick
from workloads import make_both, plain_steps

from bench.planning.grid import Grid
from bench.session import Session

TRIALS, EPOCHS, MINUTES = pick((32, 16, 8), (3, 1, 4))
STEPS = pick(100, 1)  # of a plain loop


@pytest.mark.parametrize("rate", pick((32, 256), (32,)))
def test_trials_side_by_side(rate, tmp_path, ratio):
    """Networks of a batch on two cores, as where there is one task, against one network at a time."""
    how = {"sampler": "random", "pruner": "none", "batch": str(TRIALS)}
    grid = Grid(
        dataset=(f"synthetic(n_subjects=3, minutes={MINUTES})",), modalities=("eda",), fusion=("none",),
        model=(f"attx(width=4, reduction=4, rate={rate}, epochs={EPOCHS})",), protocol=("holdout",), profile="smoke",
        search=TRIALS, options={"model.batch": "16", **{f"search.{name}": value for name, value in how.items()}},
        baselines=False, calibrate="none",
    )  # fmt: skip

    def searching(jobs):
        session = Session(out=tmp_path / str(jobs), cache=tmp_path / "cache", jobs=jobs, fresh=True)
        plan = session.plan([grid])

        def search():
            assert not session.carry_out(plan).failures

        return search

    ratio(searching(2), searching(1), rounds=3, clock=time.perf_counter)  # folds are processes


@pytest.mark.parametrize("seconds", pick((10.0, 0.5), (0.5,)))
@pytest.mark.parametrize("how", ["threads", "processes"])
def test_two_networks_in_plain_loops(how, seconds, ratio):
    """At once against one after the other, without anything of ours: what two cores can give."""
    both = [(seconds, number, STEPS) for number in (0, 1)]
    make_both(seconds)
    pool = ThreadPool(2) if how == "threads" else get_context("spawn").Pool(2, make_both, (seconds,))
    with pool as workers:
        ratio(
            lambda: workers.starmap(plain_steps, both, chunksize=1),
            lambda: [plain_steps(*each) for each in both],
            rounds=3, clock=time.perf_counter,
        )  # fmt: skip
