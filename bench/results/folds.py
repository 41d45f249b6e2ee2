"""Folds as they were drawn: which windows each trains on, validates on and tests, in one compressed file."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Fold

if TYPE_CHECKING:
    from collections.abc import Sequence

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
