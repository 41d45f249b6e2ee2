"""What both kinds of MATLAB files have in common: how values are represented, and what is said where that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.api import Array


class Foreign(Exception):  # noqa: N818 - what was found
    """A class that is not data."""


def damaged(path: Path) -> DataError:
    return DataError(f"{path} is not a sound MATLAB file: it is damaged or incomplete; get it again.")


def missing(path: Path, name: str, there: Sequence[str]) -> DataError:
    return DataError(f"{path} has no variable '{name}'; it has {shown(', '.join(sorted(there))) or 'none'}.")


def foreign(path: Path, name: str, kind: str) -> DataError:
    return DataError(
        f"{path}: variable '{shown(name)}' is of class '{shown(kind)}', which is not data; it was not read."
    )


def shown(text: str) -> str:
    """Text from a file, without what would disturb a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:200])


def structs(rows: list[dict[str, Any]], shape: tuple[int, ...]) -> Any:
    """One struct is a dictionary, several are an array of them."""
    return rows[0] if shape == (1, 1) else objects(rows, shape)


def objects(items: Sequence[Any], shape: tuple[int, ...]) -> Array:
    """Cells in MATLAB's order, which counts rows first."""
    cells = np.empty(len(items), object)
    for place, item in enumerate(items):
        cells[place] = item
    return cells.reshape(shape, order="F")


def joined(real: Array, imaginary: Array) -> Array:
    """Complex numbers from their parts, without arithmetic that would mix infinite ones."""
    values = np.empty(real.shape, np.result_type(real.dtype, np.complex64), order="F")
    values.real, values.imag = real, imaginary
    return values
