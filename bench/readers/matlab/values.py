"""What the readers of both MATLAB formats share: how values are represented, and their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import DataError
from bench.readers.file_checks import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.api import Array


class UnsupportedClassError(Exception):
    """A variable of a MATLAB class that is not data, such as a function handle; the text names the class."""


def damaged(path: Path) -> DataError:
    return DataError(f"{path} is not a valid MATLAB file: it is damaged or incomplete; download it again.")


def missing(path: Path, name: str, names: Sequence[str]) -> DataError:
    return DataError(f"{path} has no variable '{name}'; it has {printable(', '.join(sorted(names))) or 'none'}.")


def unsupported(path: Path, name: str, matlab_class: str) -> DataError:
    return DataError(
        f"{path}: variable '{printable(name)}' has the class '{printable(matlab_class)}', which is not data; it was "
        "not read."
    )


def struct_array(rows: list[dict[str, Any]], shape: tuple[int, ...]) -> Any:
    """One struct is a dictionary, several are an array of dictionaries."""
    return rows[0] if shape == (1, 1) else object_array(rows, shape)


def object_array(items: Sequence[Any], shape: tuple[int, ...]) -> Array:
    """Items in MATLAB's order, in which the first axis varies fastest."""
    array = np.empty(len(items), object)
    for index, item in enumerate(items):
        array[index] = item
    return array.reshape(shape, order="F")


def complex_array(real: Array, imaginary: Array) -> Array:
    """Complex numbers from their parts; adding them would turn infinite parts into NaN."""
    values = np.empty(real.shape, np.result_type(real.dtype, np.complex64), order="F")
    values.real, values.imag = real, imaginary
    return values
