"""The files of permutation tests in the store: `cells/<key>/permutations/`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.errors import StorageError
from bench.results.files import write_bytes, write_text
from bench.results.permutation_record import PermutationRecord, PermutedFold
from bench.results.serialization import sealed, to_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.results.store import Store


def folder(store: Store, key: str) -> Path:
    return store.cell(key) / "permutations"


def read_fold(store: Store, key: str, task: str) -> PermutedFold | None:
    """What is stored of a fold; None where nothing is, or where it is not as it was written and is to be made anew."""
    try:
        return PermutedFold.from_bytes((folder(store, key) / f"{task}.npz").read_bytes())
    except (OSError, ValueError, KeyError):
        return None


def write_fold(store: Store, key: str, task: str, found: PermutedFold) -> None:
    try:
        write_bytes(folder(store, key) / f"{task}.npz", found.to_bytes())
    except OSError as error:
        raise store.unwritable(error) from error


def forget(store: Store, key: str, task: str) -> None:
    """Delete what was made for a task that is run afresh, and the outcome that rests on it."""
    for name in (f"{task}.npz", f"{task.rpartition('.')[2]}.json"):
        (folder(store, key) / name).unlink(missing_ok=True)


def write_outcome(store: Store, key: str, record: PermutationRecord) -> None:
    try:
        write_text(folder(store, key) / f"s{record.seed}.json", to_json(sealed(record.to_json())))
    except OSError as error:
        raise store.unwritable(error) from error


def read_outcome(store: Store, key: str, seeds: Sequence[int]) -> PermutationRecord | None:
    """Of the first of these seeds whose labels were permuted."""
    paths = [folder(store, key) / f"s{seed}.json" for seed in seeds]
    path = next((path for path in paths if path.exists()), None)
    if path is None:
        return None
    try:
        return PermutationRecord.from_sealed(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise StorageError(f"Cannot read {path}: {error}; delete it, and run the row with --permute again.") from error
