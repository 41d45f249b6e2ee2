"""The store: `cells/<key>/tasks/<task>/`, each task complete or absent, whatever is killed and when.

out/
  runs/<id>.json                            what was asked, and which cells it came to
  folds/<digest>.npz                        the rows of all folds, shared by the cells of a comparison
  cells/<key>/cell.json                     the cell, the digest of its folds, audit and exclusions
  cells/<key>/tasks/<task>/predictions.parquet, record.json
  cells/<key>/failed/<task>.json            why a task failed; it is tried again by the next run
  cells/<key>/search/<task>.journal         the study of a nested search
  cells/<key>/checkpoints/<task>/           networks of a task that has not ended
  cells/<key>/weights/<task>/               networks of one that has
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from bench.errors import StorageError
from bench.results.files import write_bytes, write_text
from bench.results.folds import folds_digest, folds_from_bytes, folds_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from bench.api import Fold

RECORD = "record.json"
PREDICTIONS = "predictions.parquet"


@dataclass(frozen=True)
class Store:
    """All results under one folder."""

    root: Path

    def check_writable(self) -> None:
        """Say so before anything is computed, not after."""
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
        """Where a task is written by whoever holds its lock."""
        return self.task(key, task).with_name(f".{task}.partial")

    def sweep(self, tasks: Iterable[tuple[str, str]]) -> None:
        """Take away what processes that were stopped have left half-written."""
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
        """What a task that has ended does not need again."""
        shutil.rmtree(self.checkpoints(key, task), ignore_errors=True)

    def forget(self, key: str, task: str) -> None:
        """What a task has found so far and would go on from."""
        self.journal(key, task).unlink(missing_ok=True)
        self.drop_checkpoints(key, task)

    def lock(self, key: str, task: str) -> Path:
        folder = self.cell(key) / "locks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self.unwritable(error) from error
        return folder / f"{task}.lock"

    def cells(self) -> list[str]:
        return sorted(path.parent.name for path in (self.root / "cells").glob("*/cell.json"))

    def write_cell(self, key: str, description: Mapping[str, Any]) -> None:
        self._write(self.cell(key) / "cell.json", to_json(description))

    def read_cell(self, key: str) -> dict[str, Any]:
        return self._read(self.cell(key) / "cell.json")

    def write_folds(self, digest: str, folds: Sequence[Fold], windows: int) -> None:
        path = self.root / "folds" / f"{digest}.npz"
        if path.exists():
            return
        try:
            write_bytes(path, folds_to_bytes(folds, windows))
        except OSError as error:
            raise self.unwritable(error) from error

    def read_folds(self, key: str) -> tuple[list[Fold], int]:
        """The folds of a cell, as they were drawn when it was planned, and the number of its windows."""
        digest = self.read_cell(key)["folds_digest"]
        path = self.root / "folds" / f"{digest}.npz"
        try:
            folds, windows = folds_from_bytes(path.read_bytes())
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise StorageError(f"Cannot read the folds in {path}: {error}. Run the cell again.") from error
        if folds_digest(folds) != digest:
            raise StorageError(f"The folds in {path} are damaged; delete the file and run the cell again.")
        return folds, windows

    def write_run(self, name: str, description: Mapping[str, Any]) -> None:
        self._write(self.root / "runs" / f"{name}.json", to_json(description))

    def read_run(self, name: str) -> dict[str, Any]:
        return self._read(self.root / "runs" / f"{name}.json")

    def runs(self) -> list[str]:
        return sorted(path.stem for path in (self.root / "runs").glob("*.json"))

    def write_task(self, key: str, task: str, predictions: Mapping[str, Any], record: Mapping[str, Any]) -> None:
        """Both files at once: a temporary folder takes the place of whatever was there."""
        final = self.task(key, task)
        partial = self.partial(key, task)
        try:
            if partial.exists():
                shutil.rmtree(partial)
            partial.mkdir(parents=True)
            content = parquet(predictions)
            (partial / PREDICTIONS).write_bytes(content)
            sealed = plain({**record, "predictions_sha256": hashlib.sha256(content).hexdigest()})
            (partial / RECORD).write_text(line_by_line(sealed | {"record_sha256": seal(sealed)}), encoding="utf-8")
            if final.exists():
                shutil.rmtree(final)
            partial.replace(final)
            (self.cell(key) / "failed" / f"{task}.json").unlink(missing_ok=True)
        except OSError as error:
            raise self.unwritable(error) from error
        finally:
            if partial.exists():
                shutil.rmtree(partial, ignore_errors=True)

    def failure(self, key: str, task: str) -> str:
        return str(self._read(self.cell(key) / "failed" / f"{task}.json")["message"])

    def write_failure(self, key: str, task: str, failure: Mapping[str, Any]) -> None:
        self._write(self.cell(key) / "failed" / f"{task}.json", to_json(failure))

    def state(self, key: str, task: str) -> str:
        """`done`, `missing` or `damaged`: a task is believed only if its files are as they were written."""
        folder = self.task(key, task)
        if not folder.exists():
            return "missing"
        try:
            record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
            content = (folder / PREDICTIONS).read_bytes()
            intact = record["predictions_sha256"] == hashlib.sha256(content).hexdigest()
            intact &= record.pop("record_sha256") == seal(record)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            intact = False
        return "done" if intact else "damaged"

    def record(self, key: str, task: str) -> dict[str, Any]:
        return self._read(self.task(key, task) / RECORD)

    def predictions(self, key: str, task: str) -> pd.DataFrame:
        found: pd.DataFrame = pq.read_table(self.task(key, task) / PREDICTIONS).to_pandas()
        return found

    def done(self, key: str, tasks: list[str]) -> Iterator[str]:
        """Those of the tasks that can be believed."""
        return (task for task in tasks if self.state(key, task) == "done")

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            return dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise StorageError(f"Cannot read {path}: {error}.") from error

    def _write(self, path: Path, text: str) -> None:
        try:
            write_text(path, text)
        except OSError as error:
            raise self.unwritable(error) from error

    def unwritable(self, error: OSError) -> StorageError:
        return StorageError(
            f"Cannot write results in {self.root} ({error.strerror or error}); free some space there or name another "
            "folder with --out. What had been stored before is kept."
        )


def seal(record: Mapping[str, Any]) -> str:
    """A digest of what a record says, however it is laid out."""
    return hashlib.sha256(compact(record).encode()).hexdigest()


def parquet(columns: Mapping[str, Any]) -> bytes:
    """Columns as the bytes of a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(dict(columns)), sink)
    return bytes(sink.getvalue().to_pybytes())


def to_json(value: Any) -> str:
    """Readable JSON with sorted keys; a number that is not finite becomes null."""
    return json.dumps(plain(value), indent=1, sort_keys=True, allow_nan=False) + "\n"


def line_by_line(record: Mapping[str, Any]) -> str:
    """JSON with an entry per line: records are written once per fold, and the encoder in C knows no indentation."""
    return "{\n" + ",\n".join(f"{compact(name)}: {compact(item)}" for name, item in sorted(record.items())) + "\n}\n"


def compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False)


def plain(value: Any) -> Any:
    """JSON's own types: numpy's numbers, tuples and NaN are translated."""
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):  # noqa: PLR0124 - NaN
        return None
    return value
