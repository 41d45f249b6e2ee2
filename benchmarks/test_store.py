"""A large store: how long its list takes, how long one more result, and a finished grid that is run again."""

import hashlib
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sizes import pick

from bench.planning.grid import Grid
from bench.results.store import Store
from bench.results.task_files import PREDICTIONS, RECORD
from bench.session import Session, show

CELLS, SEEDS = pick((1000, 25), (3, 2))  # of four folds
ROWS = pick(100, 2)  # of a grid
APPENDED = pick(500, 3)
DATASET = "synthetic(n_subjects=4,minutes=4)"


def session(folder):
    return Session(out=folder / "out", cache=folder / "cache")


def grid(rows, seeds):
    models = tuple(f"knn(k={k})" for k in range(1, rows + 1))
    given = {"dataset": (DATASET,), "model": models, "modalities": ("eda",), "seed": tuple(range(seeds))}
    return Grid(**given, fusion=("none",), baselines=False, calibrate="none")


def more_seeds(store, key):
    """The tasks of a cell with further seeds, in place of computing them."""
    for folder in list((store.cell(key) / "tasks").glob("*.s0")):
        record, content = store.record(key, folder.name), (folder / PREDICTIONS).read_bytes()
        for seed in range(1, SEEDS):
            task = folder.name.removesuffix("0") + str(seed)
            store.place_task(key, task, content, replace(record, task=task, seed=seed))


def finished(folder, rows):
    """A store whose rows have all seeds."""
    made = session(folder)
    made.carry_out(made.plan([grid(rows, 1)]))
    store = Store(folder / "out")
    for key in store.cells():
        more_seeds(store, key)
    return store


def read_all(store):
    """What a loop over all files does: read the records, and see that the predictions are what was written."""
    for path in store.root.glob(f"cells/*/tasks/*/{RECORD}"):
        record = json.loads(path.read_bytes())
        assert hashlib.sha256((path.parent / PREDICTIONS).read_bytes()).hexdigest() == record["predictions_sha256"]


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A store of many rows, of which one is real and the others have its files."""
    store = finished(tmp_path_factory.mktemp("large"), rows=1)
    [key] = store.cells()
    record, tasks = store.read_cell(key), [*(store.cell(key) / "tasks").iterdir()]
    contents = [(task.name, (task / RECORD).read_bytes(), (task / PREDICTIONS).read_bytes()) for task in tasks]
    for number in range(1, CELLS):
        other = f"{number:016x}"
        store.write_cell(other, replace(record, labels=replace(record.labels, model=f"knn(k={number + ROWS})")))
        for name, values, predictions in contents:
            folder = store.task(other, name)
            folder.mkdir(parents=True)
            (folder / RECORD).write_bytes(values)
            (folder / PREDICTIONS).write_bytes(predictions)
    return store


def test_show_one_row_of_a_large_store(large, ratio):
    ratio(lambda: show(out=large.root), lambda: read_all(large), rounds=3)


def test_append_to_a_large_store(large, tmp_path, ratio):
    """Theirs is a store that has nothing else."""
    [name] = [name for name in large.cells() if not name.startswith("0000")]
    [task, *_] = [path.name for path in (large.cell(name) / "tasks").iterdir()]
    record, content = large.record(name, task), (large.task(name, task) / PREDICTIONS).read_bytes()

    def append(store):
        for number in range(APPENDED):
            store.place_task(name, f"000-added.s{number}", content, record)

    empty = Store(Path(tmp_path))
    empty.write_cell(name, large.read_cell(name))
    ratio(lambda: append(large), lambda: append(empty))


def test_run_a_finished_grid_again(tmp_path, ratio):
    store = finished(tmp_path, ROWS)

    def again():
        made = session(tmp_path)
        result = made.carry_out(made.plan([grid(ROWS, SEEDS)]))
        assert len(result.summaries) == ROWS
        assert not result.plan.pending
        assert len(result.plan.tasks) == 4 * SEEDS * ROWS

    ratio(again, lambda: read_all(store), rounds=3, clock=time.perf_counter)
