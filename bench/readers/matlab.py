"""MATLAB files of both kinds, version 5 and 7.3, in one representation."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

from bench.errors import DataError
from bench.readers import disguises, matlab_5
from bench.readers.matlab_values import damaged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HDF5 = b"\x89HDF\r\n\x1a\n"
BROKEN = (ValueError, TypeError, LookupError, struct.error, zlib.error, OverflowError, MemoryError, EOFError,
          ArithmeticError, RuntimeError, NotImplementedError, AttributeError)  # fmt: skip


def load(path: Path, names: Sequence[str] = ()) -> dict[str, Any]:
    """The variables of a file, or those that are named.

    Numbers are arrays in MATLAB's shape, a row of characters is a text, cells are arrays of objects, a struct is a
    dictionary and several are an array of dictionaries.
    """
    head = disguises.refuse(path, "a MATLAB file")
    try:
        if HDF5 in (head[:8], head[512:520]):
            from bench.readers import matlab_hdf5

            return matlab_hdf5.load(path, names)
        if head[124:128] in (b"\x00\x01IM", b"\x01\x00MI"):
            return matlab_5.load(path, names)
    except (OSError, *BROKEN) as error:
        raise damaged(path) from error
    raise DataError(f"{path} is not a MATLAB file of version 5 or 7.3: it does not begin as one.")
