"""Fields of MATLAB structs, validated on access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array


def get_field(path: Path, struct: Any, name: str, where: str) -> Any:
    """A required field."""
    if not isinstance(struct, dict) or name not in struct:
        raise DataError(f"{path}: {where} has no {name}.")
    return struct[name]


def matrix(path: Path, struct: Any, name: str, where: str, columns: int) -> Array:
    """(time, columns) of numbers."""
    values = np.asarray(get_field(path, struct, name, where))
    if values.dtype.kind not in "fiu" or values.ndim != 2 or values.shape[1] != columns:
        raise DataError(
            f"{path}: {where}.{name} is {values.dtype} of the shape {values.shape}; expected {columns} columns."
        )
    return values


def number(path: Path, struct: Any, name: str, where: str) -> float:
    """A single number, which may be NaN."""
    value = np.asarray(get_field(path, struct, name, where))
    if value.size != 1 or value.dtype.kind not in "fiu":
        raise DataError(f"{path}: {where}.{name} is not a single number.")
    return float(value.item())


def texts(path: Path, struct: Any, name: str, where: str, count: int) -> tuple[str, ...]:
    """A cell array of texts."""
    names = tuple(str(each).strip() for each in np.asarray(get_field(path, struct, name, where), dtype=object).ravel())
    if len(names) != count:
        raise DataError(f"{path}: {where}.{name} has {len(names)} names; expected {count}.")
    return names
