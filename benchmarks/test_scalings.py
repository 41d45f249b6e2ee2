"""Features behind a scaling that each fold learns, against those behind a z-score, which all folds share.

A z-score needs one table of features, `standardise` one per fold; further rows of a comparison take theirs from it.
"""

import shutil

import pytest
from sizes import pick

from bench.data.cache import Cache
from bench.planning.expansion import Expander
from bench.planning.grid import Grid
from bench.planning.planner import Planner
from bench.planning.reporter import Reporter
from bench.registry import Registry
from bench.results.store import Store
from bench.running.job import Item, Job
from bench.running.opened_cell import open_cell

PEOPLE, MINUTES, CHANNELS = pick((12, 8, 19), (3, 4, 2))


@pytest.fixture
def run(tmp_path):
    """Everything from the recordings to stored results."""

    def run(preprocess, models):
        dataset = f"synthetic(n_subjects={PEOPLE},minutes={MINUTES},eeg_channels={CHANNELS})"
        grid = Grid(dataset=(dataset,), modalities=("eeg",), model=models, fusion=("none",), baselines=False,
                    preprocess=preprocess)  # fmt: skip
        out, cache = tmp_path / "out", tmp_path / "cache"
        planner, store = Planner(Cache(cache), (0,), Reporter()), Store(out)
        for cell in [planner.plan(each) for each in Expander(grid, Registry()).expand().cells]:
            store.write_folds(cell.folds_digest, cell.folds, len(cell.windows.table))
            store.write_cell(cell.key, cell.record())
            items = tuple(Item(cell.key, task, cell.resolved.label) for task in cell.tasks)
            done = list(Job(str(out), str(cache), items, "cpu")())
            assert [each.status for each in done] == ["done"] * PEOPLE, done[0].message
        open_cell.cache_clear()
        shutil.rmtree(out)
        shutil.rmtree(cache)

    return run


def test_one_row_against_a_zscore(run, ratio):
    """Theirs has one table, ours as many as there are folds."""
    ratio(
        lambda: run("standardise | statistics", ("logistic",)),
        lambda: run("zscore | statistics", ("logistic",)),
        rounds=1,
    )


def test_three_rows_against_one(run, ratio):
    """Each fold's table is computed once, however many rows there are."""
    ratio(
        lambda: run("standardise | statistics", ("logistic", "knn", "svm")),
        lambda: run("standardise | statistics", ("logistic",)),
        rounds=1,
    )
