"""The store of results: a task is stored as it was written, or it counts as damaged."""

import contextlib
import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.api import Fold
from bench.errors import StorageError
from bench.results.cell_record import CellRecord
from bench.results.folds import folds_digest
from bench.results.run_record import RunRecord
from bench.results.serialization import to_json
from bench.results.store import Store
from bench.results.task_record import COMPLETE, FailureRecord, TaskRecord

RECORDS = Path(__file__).parent / "records"


def example(name):
    return json.loads((RECORDS / f"{name}-1.json").read_text())


CELL, RUN = CellRecord.from_json(example("cell")), RunRecord.from_json(example("run"))
COLUMNS = {
    "subject": np.array(["P1", "P1", "P2"], dtype=object),
    "start": np.array([0.0, 5.0, 2.5]),
    "label": np.array([0, 1, 1]),
    "p.calm": np.array([0.9, 1 / 3, 1e-17]),
}
PREDICTIONS = {COMPLETE: COLUMNS}
RECORD = replace(
    TaskRecord.from_sealed(example("task")),
    metrics={"accuracy": 2 / 3, "auroc": math.nan, "log_loss": np.float64(0.1) + 0.2},
    confusion=np.array([[1, 0], [1, 1]]),
)
TASK = ("cell", "000-P1.s0")
FAILURE = FailureRecord(message="No heart.", traceback="...")


@pytest.fixture
def store(tmp_path):
    found = Store(tmp_path / "out")
    found.write_cell("cell", CELL)
    found.write_task(*TASK, PREDICTIONS, RECORD)
    return found


def files(folder):
    """All but the record of the cell, without which there are no tasks."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name != "cells/cell/cell.json")


WHERE = "cells/cell/tasks/000-P1.s0"

# -------------------------------------------------------------------------------- what is written


def test_a_task_is_two_files_in_a_folder_of_its_own(store):
    assert files(store.root) == [f"{WHERE}/predictions.parquet", f"{WHERE}/record.json"]
    assert store.state(*TASK) == "done"
    assert store.state("cell", "001-P2.s0") == "missing"
    assert [store.state("cell", task) for task in ("000-P1.s0", "001-P2.s0")] == ["done", "missing"]


def test_predictions_are_read_as_they_were_written(store):
    expected = pd.DataFrame(COLUMNS)
    pd.testing.assert_frame_equal(store.predictions(*TASK), expected, check_exact=True)
    table = pd.read_parquet(store.root / WHERE / "predictions.parquet")
    pd.testing.assert_frame_equal(table, expected.assign(condition="complete"))


def test_predictions_are_keyed_by_condition(store):
    without = {**COLUMNS, "p.calm": np.array([0.5, 0.5, 0.5])}
    store.write_task(*TASK, {COMPLETE: COLUMNS, "without eda": without}, RECORD)
    for condition, columns in ((COMPLETE, COLUMNS), ("without eda", without)):
        found = store.predictions(*TASK, condition).reset_index(drop=True)
        pd.testing.assert_frame_equal(found, pd.DataFrame(columns), check_exact=True)


def test_predictions_that_were_stored_before_there_were_conditions_are_read(store):
    folder = store.root / WHERE
    pd.DataFrame(COLUMNS).to_parquet(folder / "predictions.parquet")
    pd.testing.assert_frame_equal(store.predictions(*TASK), pd.DataFrame(COLUMNS))


def test_a_record_is_json_in_which_what_is_not_finite_is_null(store):
    stored = json.loads((store.root / WHERE / "record.json").read_text())
    assert all(len(stored[seal]) == 64 for seal in ("predictions_sha256", "record_sha256"))
    assert stored["metrics"] == {"accuracy": 2 / 3, "auroc": None, "log_loss": 0.30000000000000004}
    assert stored["confusion"] == [[1, 0], [1, 1]]
    assert stored["schema"] == 2
    found = store.record(*TASK)
    assert found == replace(RECORD, metrics=stored["metrics"], confusion=((1, 0), (1, 1)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": 2}, '{\n "a": 2,\n "b": 1\n}\n'),
        ({3: math.inf}, '{\n "3": null\n}\n'),
        ([-math.inf, math.nan, 0.0], "[\n null,\n null,\n 0.0\n]\n"),
        (np.array([1.0, np.nan]), "[\n 1.0,\n null\n]\n"),
        (np.int64(3), "3\n"),
        (np.bool_(True), "true\n"),
        (("a", (1,)), '[\n "a",\n [\n  1\n ]\n]\n'),
        ("é\n", '"\\u00e9\\n"\n'),
    ],
)
def test_json_is_sorted_and_of_its_own_types(value, text):
    assert to_json(value) == text


def test_the_same_task_is_written_in_the_same_bytes(store, tmp_path):
    again = Store(tmp_path / "again")
    again.write_cell("cell", CELL)
    again.write_task(*TASK, PREDICTIONS, replace(RECORD, metrics=dict(reversed(RECORD.metrics.items()))))
    for name in ("predictions.parquet", "record.json"):
        assert (store.root / WHERE / name).read_bytes() == (again.root / WHERE / name).read_bytes()


def test_a_task_that_is_written_again_takes_the_place_of_the_other(store):
    store.write_task(*TASK, {COMPLETE: {"label": np.array([1])}}, replace(RECORD, metrics={"accuracy": 1.0}))
    assert store.state(*TASK) == "done"
    assert store.record(*TASK).metrics == {"accuracy": 1.0}
    assert files(store.root) == [f"{WHERE}/predictions.parquet", f"{WHERE}/record.json"]


def test_cells_and_runs_are_listed_in_order(store):
    for key in ("b", "a"):
        store.write_cell(key, replace(CELL, label=key))
        store.write_run(f"run-{key}", replace(RUN, run=key))
    assert store.cells() == ["a", "b", "cell"]  # a folder without a record is not a cell yet
    assert store.runs() == ["run-a", "run-b"]
    assert store.read_cell("b") == replace(CELL, label="b")
    assert store.read_run("run-a") == replace(RUN, run="a")


# -------------------------------------------------------------------------------- what is damaged


def edit(folder, change):
    record = json.loads((folder / "record.json").read_text())
    change(record)
    (folder / "record.json").write_text(json.dumps(record))


DAMAGE = {
    "truncated predictions": lambda folder: os.truncate(folder / "predictions.parquet", 100),
    "one byte of the predictions": lambda folder: flip(folder / "predictions.parquet"),
    "no predictions": lambda folder: (folder / "predictions.parquet").unlink(),
    "no record": lambda folder: (folder / "record.json").unlink(),
    "truncated record": lambda folder: os.truncate(folder / "record.json", 50),
    "empty record": lambda folder: (folder / "record.json").write_text(""),
    "a record of bytes": lambda folder: (folder / "record.json").write_bytes(b"\xff\xfe"),
    "a record that is a list": lambda folder: (folder / "record.json").write_text("[1]"),
    "a record that is null": lambda folder: (folder / "record.json").write_text("null"),
    "a better number": lambda folder: edit(folder, lambda record: record["metrics"].update(accuracy=1.0)),
    "a number that is gone": lambda folder: edit(folder, lambda record: record["metrics"].pop("auroc")),
    "another seal": lambda folder: edit(folder, lambda record: record.update(predictions_sha256="0" * 64)),
    "no seal": lambda folder: edit(folder, lambda record: record.pop("record_sha256")),
    "an empty folder": lambda folder: [path.unlink() for path in list(folder.iterdir())],
}


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_task_does_not_count_and_can_be_written_again(store, damage):
    damage(store.root / WHERE)
    assert store.state(*TASK) == "damaged"
    assert store.state("cell", "000-P1.s0") != "done"
    store.write_task(*TASK, PREDICTIONS, RECORD)
    assert store.state(*TASK) == "done"


def test_a_record_with_another_layout_is_intact(store):
    edit(store.root / WHERE, lambda record: None)
    assert store.state(*TASK) == "done"


def test_what_a_killed_process_left_half_written_is_neither_a_task_nor_in_the_way(store):
    half = store.root / "cells/cell/tasks/.001-P2.s0.partial"
    half.mkdir()
    (half / "predictions.parquet").write_bytes(b"PAR1")
    (half / "stale").write_bytes(b"x")
    assert store.state("cell", "001-P2.s0") == "missing"
    store.write_task("cell", "001-P2.s0", PREDICTIONS, RECORD)
    assert store.state("cell", "001-P2.s0") == "done"
    assert not half.exists()
    assert files(store.task("cell", "001-P2.s0")) == ["predictions.parquet", "record.json"]


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", '{"schema": 2}', '{"schema": 99}'])
def test_a_record_that_cannot_be_read_is_one_sentence_with_its_path(store, content):
    store.write_cell("a", CELL)
    path = store.root / "cells" / "a" / "cell.json"
    path.write_text(content)
    with pytest.raises(StorageError) as caught:
        store.read_cell("a")
    assert str(caught.value).startswith(f"Cannot read {path}: ")
    assert "\n" not in str(caught.value)


EDITS = {
    "cells/a/cell.json": (lambda store: store.write_cell("a", CELL), lambda store: store.read_cell("a"),
                          "; do its run again, which writes it anew"),
    "runs/a.json": (lambda store: store.write_run("a", RUN), lambda store: store.read_run("a"),
                    "; restore or delete it"),
    "cells/cell/failed/b.json": (lambda store: store.write_failure("cell", "b", FAILURE),
                                 lambda store: store.failure("cell", "b"), "; restore or delete it"),
    f"{WHERE}/record.json": (lambda store: None, lambda store: store.record(*TASK), "; do its run again"),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_a_record_that_was_edited_is_refused_with_its_path(store, name):
    write, read, advice = EDITS[name]
    write(store)
    assert read(store)
    path = store.root / name
    values = json.loads(path.read_text())
    path.write_text(json.dumps(values | {"schema": values["schema"] - 1}))
    with pytest.raises(StorageError) as caught:
        read(store)
    assert str(caught.value) == f"Cannot read {path}: its values are not those that were written{advice}."


def test_damaged_folds_are_named_and_written_anew_by_the_next_run(store):
    rows = np.arange(8)
    folds = [Fold("a", rows[:4], rows[4:6], rows[6:])]
    digest = folds_digest(folds)
    store.write_cell("a", replace(CELL, folds_digest=digest))
    store.write_folds(digest, folds, 8)
    path = store.root / "folds" / f"{digest}.npz"
    content = path.read_bytes()
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        with contextlib.suppress(StorageError):
            read, windows = store.read_folds("a")
            assert (folds_digest(read), windows) == (digest, 8)  # the byte says nothing, as of a date in the archive
    path.write_bytes(content[:40])
    with pytest.raises(StorageError) as caught:
        store.read_folds("a")
    assert str(caught.value) == (
        f"Cannot read the folds in {path}: File is not a zip file; do the run again, which writes them anew."
    )
    store.write_folds(digest, folds, 8)
    assert path.read_bytes() == content


def test_a_run_that_is_not_there_is_one_sentence(store):
    path = store.root / "runs" / "none.json"
    with pytest.raises(StorageError) as caught:
        store.read_run("none")
    assert str(caught.value) == f"Cannot read {path}: [Errno 2] No such file or directory: '{path}'."


# -------------------------------------------------------------------------------- what failed


def test_a_failure_is_kept_until_the_task_succeeds(store):
    store.write_failure("cell", "001-P2.s0", FAILURE)
    assert store.failure("cell", "001-P2.s0") == "No heart."
    assert store.state("cell", "001-P2.s0") == "missing"
    store.write_task("cell", "001-P2.s0", PREDICTIONS, RECORD)
    assert not (store.root / "cells/cell/failed/001-P2.s0.json").exists()


def test_a_task_that_fails_when_it_is_tried_again_keeps_its_earlier_result(store):
    store.write_failure(*TASK, FAILURE)
    assert store.state(*TASK) == "done"


# -------------------------------------------------------------------------------- what cannot be written

WRITES = {
    "check": lambda store: store.check_writable(),
    "cell": lambda store: store.write_cell("cell", CELL),
    "run": lambda store: store.write_run("run", RUN),
}
IN_A_CELL = {
    "task": lambda store: store.write_task(*TASK, PREDICTIONS, RECORD),
    "failure": lambda store: store.write_failure(*TASK, FAILURE),
    "lock": lambda store: store.lock(*TASK),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path, write):
    (tmp_path / "file").write_text("not a folder")
    root = tmp_path / "file" / "out"
    with pytest.raises(StorageError) as caught:
        write(Store(root))
    assert str(caught.value) == (
        f"Cannot write results in {root} (Not a directory); free some space there or name another folder with --out. "
        "What had been stored before is kept."
    )
    assert files(tmp_path) == ["file"]


@pytest.mark.parametrize("write", IN_A_CELL.values(), ids=IN_A_CELL)
def test_nothing_of_a_cell_is_written_where_the_cell_has_gone(tmp_path, write):
    with pytest.raises(StorageError, match="have gone while they were written; bring the folder back"):
        write(Store(tmp_path / "out"))
    assert not list(tmp_path.rglob("*"))


def test_a_folder_that_can_be_written_is_left_without_a_trace(tmp_path):
    Store(tmp_path / "out").check_writable()
    assert files(tmp_path) == []


FULL = """
import json, resource, sys
from pathlib import Path
import numpy as np
from bench.errors import StorageError
from bench.results.cell_record import CellRecord
from bench.results.store import Store
from bench.results.task_record import TaskRecord

store, what, records = Store(Path(sys.argv[1])), sys.argv[2], Path(sys.argv[3])
cell = CellRecord.from_json(json.loads((records / "cell-1.json").read_text()))
task = TaskRecord.from_sealed(json.loads((records / "task-1.json").read_text()))
resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
try:
    if what == "task":
        store.write_task("cell", "000-P1.s0", {"complete": {"label": np.arange(5000)}}, task)
    else:
        store.write_cell("cell", cell)
except StorageError as error:
    print(error)
"""


@pytest.mark.parametrize("what", ["task", "cell"])
def test_a_file_that_cannot_be_written_whole_changes_nothing(store, what):
    store.write_cell("cell", replace(CELL, label="as it was"))
    before = {name: (store.root / name).read_bytes() for name in files(store.root)}
    done = subprocess.run(
        [sys.executable, "-c", FULL, store.root, what, RECORDS], capture_output=True, text=True, check=True
    )
    assert done.stdout == (
        f"Cannot write results in {store.root} (File too large); free some space there or name another folder with "
        "--out. What had been stored before is kept.\n"
    )
    assert {name: (store.root / name).read_bytes() for name in files(store.root)} == before
    assert store.state(*TASK) == "done"
    assert not list(store.root.rglob("*.partial"))
