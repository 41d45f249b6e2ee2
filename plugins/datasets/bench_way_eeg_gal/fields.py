"""Members of MATLAB structures, checked as they are taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array


def member(path: Path, structure: Any, name: str, where: str) -> Any:
    """A member that has to be there."""
    if not isinstance(structure, dict) or name not in structure:
        raise DataError(f"{path}: {where} has no {name}.")
    return structure[name]


def matrix(path: Path, structure: Any, name: str, where: str, columns: int) -> Array:
    """(time, columns) of numbers."""
    found = np.asarray(member(path, structure, name, where))
    if found.dtype.kind not in "fiu" or found.ndim != 2 or found.shape[1] != columns:
        raise DataError(
            f"{path}: {where}.{name} is {found.dtype} of the shape {found.shape}; expected {columns} columns."
        )
    return found


def number(path: Path, structure: Any, name: str, where: str) -> float:
    """A single number, which may be NaN."""
    found = np.asarray(member(path, structure, name, where))
    if found.size != 1 or found.dtype.kind not in "fiu":
        raise DataError(f"{path}: {where}.{name} is no single number.")
    return float(found.item())


def texts(path: Path, structure: Any, name: str, where: str, count: int) -> tuple[str, ...]:
    """A cell array of texts."""
    found = tuple(str(each).strip() for each in np.asarray(member(path, structure, name, where), dtype=object).ravel())
    if len(found) != count:
        raise DataError(f"{path}: {where}.{name} holds {len(found)} names; expected {count}.")
    return found
