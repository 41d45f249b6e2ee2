"""Leaving one person out with logistic regression, against scikit-learn's own cross-validation."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from sizes import pick
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.data.cache import Cache
from bench.planning.expansion import Expander
from bench.planning.grid import Grid
from bench.planning.planner import Planner
from bench.planning.reporter import Reporter
from bench.registry import Registry
from bench.results.store import Store
from bench.running.job import Item, Job
from bench.running.opened_cell import open_cell

HEADLINE = ("accuracy", "f1_macro", "balanced_accuracy")
SIZES = pick([(12, 20), (24, 40)], [(3, 4)])  # people, minutes of each


@pytest.mark.parametrize("scoring", [None, HEADLINE], ids=["accuracy-only", "three-metrics"])
@pytest.mark.parametrize(("people", "minutes"), SIZES)
def test_loso(people, minutes, scoring, tmp_path, ratio):
    """Ours stores predictions, 15 metrics, per person too, and a record for each fold; theirs returns scores."""
    registry = Registry()
    grid = Grid(dataset=(f"synthetic(n_subjects={people},minutes={minutes})",), fusion=("early",), baselines=False)
    out, cache = tmp_path / "out", tmp_path / "cache"
    planner = Planner(Cache(cache), (0,), Reporter())
    cell = planner.plan(Expander(grid, registry).expand().cells[0])
    store = Store(out)
    store.write_folds(cell.folds_digest, cell.folds, len(cell.windows.table))
    store.write_cell(cell.key, cell.record())
    part = open_cell(str(out), str(cache), cell.key).data.everything
    features = np.nan_to_num(part.windows.merged().features())

    def ours():
        shutil.rmtree(Path(store.cell(cell.key)) / "tasks", ignore_errors=True)
        job = Job(str(out), str(cache), tuple(Item(cell.key, task, cell.resolved.label) for task in cell.tasks), "cpu")
        done = list(job())
        assert [each.status for each in done] == ["done"] * people, done[0].message

    def theirs():
        pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        people = part.table["subject"].to_numpy()
        cross_validate(pipeline, features, part.labels, groups=people, cv=LeaveOneGroupOut(), scoring=scoring)

    ratio(ours, theirs)
