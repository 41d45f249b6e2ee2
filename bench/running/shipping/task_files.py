"""The files of a task in a store: taken from one store, and kept in another one after they are checked."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bench.errors import StorageError
from bench.results import permutations
from bench.results.files import write_bytes
from bench.results.task_files import PREDICTIONS, RECORD
from bench.results.task_record import PREDICTIONS_SEAL, TaskRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from bench.results.store import Store

PERMUTED = ".permuted"  # of the name of a task, where its permutations fail


def places(store: Store, key: str, task: str) -> list[Path]:
    """The files and folders that belong to a task alone; the folder of its results is the last one."""
    failed = store.cell(key) / "failed"
    return [
        store.journal(key, task),
        store.checkpoints(key, task),
        store.weights(key, task),
        permutations.folder(store, key) / f"{task}.npz",
        failed / f"{task}.json",
        failed / f"{task}{PERMUTED}.json",
        store.task(key, task),
    ]


def read(store: Store, found: Iterable[Path]) -> dict[str, bytes]:
    """Their content by path below the store; of a folder, that of the files in it."""
    files = [each for path in found for each in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return {file.relative_to(store.root).as_posix(): file.read_bytes()
            for file in files if file.is_file() and not file.name.startswith(".")}  # fmt: skip


def take(store: Store, key: str, task: str) -> dict[str, bytes]:
    """The files of a task, which are deleted."""
    found = places(store, key, task)
    made = read(store, found)
    for path in found:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return made


def keep(store: Store, key: str, task: str, files: Mapping[str, bytes]) -> int:
    """Write those of the files that belong to the task; its results come last, since they make it count as done."""
    allowed = [path.relative_to(store.root).as_posix() for path in places(store, key, task)]
    mine = {name: content for name, content in files.items() if belongs(name, allowed)}
    results = PurePosixPath(allowed[-1])
    made = {name.name: mine.pop(str(name)) for name in (results / RECORD, results / PREDICTIONS) if str(name) in mine}
    try:
        for name, content in mine.items():
            write_bytes(store.root / name, content)
    except OSError as error:
        raise store.unwritable(error) from error
    if made:
        record = checked(task, made)
        store.place_task(key, task, made[PREDICTIONS], record)
        store.drop_checkpoints(key, task)
    if allowed[3] in mine:
        (store.root / allowed[5]).unlink(missing_ok=True)
    return len(mine) + len(made)


def belongs(name: str, allowed: Sequence[str]) -> bool:
    """Whether a name is that of a file, or of a plain file in a folder."""
    path = PurePosixPath(name)
    return ".." not in path.parts and (name in allowed or str(path.parent) in allowed)


def checked(task: str, made: Mapping[str, bytes]) -> TaskRecord:
    """The record of a task, which must be as it was written, with the predictions that it was written with."""
    try:
        values = json.loads(made[RECORD])
        record = TaskRecord.from_sealed(values)
        intact = values[PREDICTIONS_SEAL] == hashlib.sha256(made[PREDICTIONS]).hexdigest()
    except (KeyError, ValueError, RecursionError):
        intact = False
    if not intact or record.task != task:
        raise StorageError(f"The results of task '{task}' have arrived damaged; run it again.")
    return record
