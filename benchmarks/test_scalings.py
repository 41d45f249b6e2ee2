"""Features behind a scaling that each fold learns, against those behind a z-score, which all folds share.

A z-score needs one table of features, `standardise` one per fold; further rows of a comparison take theirs from it.
"""

import shutil
import time

import pytest
from sizes import pick

from bench.planning.grid import Grid
from bench.session import Session

PEOPLE, MINUTES, CHANNELS = pick((12, 8, 19), (3, 4, 2))


@pytest.fixture
def run(tmp_path):
    """Everything from the recordings to stored results."""

    def run(preprocess, models):
        dataset = f"synthetic(n_subjects={PEOPLE},minutes={MINUTES},eeg_channels={CHANNELS})"
        grid = Grid(dataset=(dataset,), modalities=("eeg",), model=models, fusion=("none",), baselines=False,
                    preprocess=preprocess)  # fmt: skip
        session = Session(out=tmp_path / "out", jobs=1)
        assert not session.carry_out(session.plan([grid])).failures
        shutil.rmtree(tmp_path / "out")

    return run


def test_one_row_against_a_zscore(run, ratio):
    """Theirs has one table, ours as many as there are folds."""
    ratio(
        lambda: run("standardise | statistics", ("logistic",)),
        lambda: run("zscore | statistics", ("logistic",)),
        rounds=1,
        clock=time.perf_counter,  # steps and folds are processes
    )


def test_three_rows_against_one(run, ratio):
    """Each fold's table is computed once, however many rows there are."""
    ratio(
        lambda: run("standardise | statistics", ("logistic", "knn", "svm")),
        lambda: run("standardise | statistics", ("logistic",)),
        rounds=1,
        clock=time.perf_counter,  # steps and folds are processes
    )
