"""The store: `cells/<key>/tasks/<task>/`, each task complete or absent, whatever is killed and when.

out/
  runs/<id>.json                            the command and its cells (RunRecord)
  folds/<digest>.npz                        the rows of all folds, shared by the cells of a comparison
  cells/<key>/cell.json                     the cell, its folds, audit and exclusions (CellRecord)
  cells/<key>/tasks/<task>/predictions.parquet, record.json (TaskRecord)
  cells/<key>/failed/<task>.json            why a task failed (FailureRecord); the next run tries it again
  cells/<key>/search/<task>.journal         the study of a nested search
  cells/<key>/checkpoints/, weights/<task>/ networks of a task that has not ended, and of one that has
  cells/<key>/permutations/<task>.npz       permuted labels and predictions; s<seed>.json: a PermutationRecord
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from filelock import FileLock, Timeout

from bench.errors import StorageError
from bench.results.cell_record import CellRecord
from bench.results.decoding import RecordError
from bench.results.files import write_bytes, write_text
from bench.results.folds import folds_to_bytes, read_folds_file
from bench.results.run_record import RunRecord
from bench.results.serialization import sealed, to_json
from bench.results.task_files import PREDICTIONS, RECORD, intact, predictions_bytes, read_predictions, record_text
from bench.results.task_record import COMPLETE, FailureRecord, TaskRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from bench.api import Fold
    from bench.results.serialization import Record
    from bench.results.task_files import Columns

    R = TypeVar("R", bound=Record)


CELL = "cell.json"


@dataclass(frozen=True)
class Store:
    """All results under one folder."""

    root: Path

    def check_writable(self) -> None:
        """Raise before anything is computed where results cannot be written."""
        try:
            (self.root / "cells").mkdir(parents=True, exist_ok=True)
            probe = self.root / f".probe-{os.getpid()}"
            probe.write_bytes(b"x")
            probe.unlink()
        except OSError as error:
            raise self.unwritable(error) from error

    def cell(self, key: str) -> Path:
        return self.root / "cells" / key

    def task(self, key: str, task: str) -> Path:
        return self.cell(key) / "tasks" / task

    def partial(self, key: str, task: str) -> Path:
        """Where a task is written by the process that holds its lock."""
        return self.task(key, task).with_name(f".{task}.partial")

    def sweep(self, tasks: Iterable[tuple[str, str]]) -> None:
        """Delete what stopped processes have left half-written."""
        for key, task in tasks:
            with contextlib.suppress(Timeout):
                if self.partial(key, task).exists():
                    with FileLock(self.lock(key, task), timeout=0):
                        shutil.rmtree(self.partial(key, task), ignore_errors=True)

    def journal(self, key: str, task: str) -> Path:
        return self.cell(key) / "search" / f"{task}.journal"

    def checkpoints(self, key: str, task: str) -> Path:
        return self.cell(key) / "checkpoints" / task

    def weights(self, key: str, task: str) -> Path:
        return self.cell(key) / "weights" / task

    def drop_checkpoints(self, key: str, task: str) -> None:
        """Delete what a finished task does not need again."""
        shutil.rmtree(self.checkpoints(key, task), ignore_errors=True)

    def forget(self, key: str, task: str) -> None:
        """Delete what a task would resume from."""
        self.journal(key, task).unlink(missing_ok=True)
        self.drop_checkpoints(key, task)

    def lock(self, key: str, task: str) -> Path:
        return self.within(key, "locks") / f"{task}.lock"

    def within(self, key: str, part: str) -> Path:
        """A folder of a cell. The cell is not made again: its file system may have gone, and return."""
        folder = self.cell(key) / part
        if not (self.cell(key) / CELL).exists():
            raise StorageError(
                f"The results in {self.root} have gone while they were written; bring the folder back, or its file "
                "system, and type the same command, which goes on from there."
            )
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise self.unwritable(error) from error
        return folder

    def cells(self) -> list[str]:
        return sorted(path.parent.name for path in (self.root / "cells").glob(f"*/{CELL}"))

    def write_cell(self, key: str, record: CellRecord) -> None:
        """Write the record. Where it has other folds than before, what was made of those is deleted."""
        if self.folds_of(key) not in ("", record.folds_digest):
            for made in ("tasks", "failed", "search", "checkpoints", "weights", "permutations"):
                shutil.rmtree(self.cell(key) / made, ignore_errors=True)
        self._write(self.cell(key) / CELL, record)

    def read_cell(self, key: str) -> CellRecord:
        return self._read(CellRecord, self.cell(key) / CELL, "; do its run again, which writes it anew")

    def folds_of(self, key: str) -> str:
        """The digest of the folds that the tasks of a cell were made of; empty if the cell is not stored."""
        try:
            return self.read_cell(key).folds_digest
        except StorageError:
            return ""

    def write_folds(self, digest: str, folds: Sequence[Fold], windows: int) -> None:
        path = self.root / "folds" / f"{digest}.npz"
        with contextlib.suppress(StorageError):
            read_folds_file(path)
            return
        try:
            write_bytes(path, folds_to_bytes(folds, windows))
        except OSError as error:
            raise self.unwritable(error) from error

    def read_folds(self, key: str) -> tuple[list[Fold], int]:
        """The folds of a cell, as they were drawn when it was planned, and the number of its windows."""
        return read_folds_file(self.root / "folds" / f"{self.read_cell(key).folds_digest}.npz")

    def write_run(self, name: str, record: RunRecord) -> None:
        self._write(self.root / "runs" / f"{name}.json", record)

    def read_run(self, name: str) -> RunRecord:
        return self._read(RunRecord, self.root / "runs" / f"{name}.json", "; restore or delete it")

    def runs(self) -> list[str]:
        return sorted(path.stem for path in (self.root / "runs").glob("*.json"))

    def write_task(self, key: str, task: str, predictions: Mapping[str, Columns], record: TaskRecord) -> None:
        self.place_task(key, task, predictions_bytes(predictions), record)

    def place_task(self, key: str, task: str, content: bytes, record: TaskRecord) -> None:
        """Both files at once: a temporary folder takes the place of whatever was there."""
        self.within(key, "tasks")
        final, partial = self.task(key, task), self.partial(key, task)
        try:
            if partial.exists():
                shutil.rmtree(partial)
            partial.mkdir()
            (partial / PREDICTIONS).write_bytes(content)
            (partial / RECORD).write_text(record_text(record, content), encoding="utf-8")
            if final.exists():
                shutil.rmtree(final)
            partial.replace(final)
            (self.cell(key) / "failed" / f"{task}.json").unlink(missing_ok=True)
        except OSError as error:
            raise self.unwritable(error) from error
        finally:
            if partial.exists():
                shutil.rmtree(partial, ignore_errors=True)

    def write_probes(self, key: str, task: str, probes: Mapping[str, bool]) -> None:
        """Add results of probes to the record of a stored task; newer results replace older ones."""
        folder = self.task(key, task)
        try:
            with FileLock(self.lock(key, task)):
                record = self.record(key, task)
                record = replace(record, probes={**record.probes, **probes})
                write_text(folder / RECORD, record_text(record, (folder / PREDICTIONS).read_bytes()))
        except OSError as error:
            raise self.unwritable(error) from error

    def failure(self, key: str, task: str) -> str:
        """The message of the error that ended a task."""
        return self._read(FailureRecord, self.cell(key) / "failed" / f"{task}.json", "; restore or delete it").message

    def write_failure(self, key: str, task: str, failure: FailureRecord) -> None:
        self._write(self.within(key, "failed") / f"{task}.json", failure)

    def state(self, key: str, task: str) -> str:
        """`done`, `missing` or `damaged`: the files of a done task are as they were written."""
        folder = self.task(key, task)
        if not folder.exists():
            return "missing"
        return "damaged" if intact(folder) is None else "done"

    def done(self, key: str, task: str) -> tuple[TaskRecord, bytes] | None:
        """The record and the content of the predictions of a done task, whose files are read once."""
        found = intact(self.task(key, task))
        if found is None:
            return None
        try:
            return TaskRecord.from_json(found[0]), found[1]
        except RecordError as error:
            raise StorageError(f"Cannot read {self.task(key, task) / RECORD}: {error}; do its run again.") from error

    def record(self, key: str, task: str) -> TaskRecord:
        return self._read(TaskRecord, self.task(key, task) / RECORD, "; do its run again")

    def predictions(self, key: str, task: str, condition: str = COMPLETE) -> pd.DataFrame:
        """A row per test window: its identity, the true label, and what was predicted."""
        return read_predictions([(self.task(key, task) / PREDICTIONS).read_bytes()], condition)[0]

    def _read(self, kind: type[R], path: Path, advice: str) -> R:
        try:
            return kind.from_sealed(json.loads(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise StorageError(f"Cannot read {path}: {error}.") from error
        except (ValueError, RecursionError) as error:
            raise StorageError(f"Cannot read {path}: {error}{advice}.") from error

    def _write(self, path: Path, record: Record) -> None:
        try:
            write_text(path, to_json(sealed(record.to_json())))
        except OSError as error:
            raise self.unwritable(error) from error

    def unwritable(self, error: OSError) -> StorageError:
        return StorageError(
            f"Cannot write results in {self.root} ({error.strerror or error}); free some space there or name another "
            "folder with --out. What had been stored before is kept."
        )
