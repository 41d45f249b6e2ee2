"""Folds as they were drawn: which windows each trains on, validates on and tests, in one compressed file."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Fold
from bench.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SIDES = ("train", "validation", "test")


def folds_to_bytes(folds: Sequence[Fold], windows: int) -> bytes:
    """The rows of each side as bits, so that a file stays small however many folds there are."""
    arrays = {"windows": np.array(windows), "names": np.array([fold.name for fold in folds], dtype=str)}
    for side in SIDES:
        member = np.zeros((len(folds), windows), dtype=bool)
        for number, fold in enumerate(folds):
            member[number, getattr(fold, side)] = True
        arrays[side] = np.packbits(member, axis=1)
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def folds_from_bytes(content: bytes) -> tuple[list[Fold], int]:
    """The folds, with rows in ascending order, and the number of windows in their table."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        windows = int(file["windows"])
        sides = [np.unpackbits(file[side], axis=1, count=windows).astype(bool) for side in SIDES]
        folds = [
            Fold(str(name), *(np.flatnonzero(side[number]) for side in sides))
            for number, name in enumerate(file["names"])
        ]
        return folds, windows


def folds_digest(folds: Sequence[Fold]) -> str:
    """The same for folds with the same names and rows."""
    found = hashlib.sha256()
    for fold in folds:
        found.update(fold.name.encode())
        for side in SIDES:
            found.update(b"|" + np.sort(getattr(fold, side)).astype("<i8").tobytes())
    return found.hexdigest()[:16]


def read_folds_file(path: Path) -> tuple[list[Fold], int]:
    """The folds in a file, which is named by their digest."""
    try:
        folds, windows = folds_from_bytes(path.read_bytes())
        damage = "" if folds_digest(folds) == path.stem else "their digest is another"
    except Exception as error:  # noqa: BLE001 - a damaged archive fails in many ways
        damage = str(error) or type(error).__name__
    if damage:
        raise StorageError(f"Cannot read the folds in {path}: {damage}; do the run again, which writes them anew.")
    return folds, windows
