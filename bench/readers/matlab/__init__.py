"""MATLAB files of versions 5 and 7.3, read into the same representation."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

from bench.errors import DataError
from bench.readers.file_checks import read_head
from bench.readers.matlab import version_5
from bench.readers.matlab.values import damaged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
DAMAGE = (ValueError, TypeError, LookupError, struct.error, zlib.error, OverflowError, MemoryError, EOFError,
          ArithmeticError, RuntimeError, NotImplementedError, AttributeError)  # fmt: skip


def read(path: Path, names: Sequence[str] = ()) -> dict[str, Any]:
    """Read all variables of a MATLAB file of version 5 or 7.3, or those in `names`.

    Numbers are arrays of MATLAB's shape, a row of characters is a `str`, a cell array is an array of objects, a struct
    is a dictionary, and an array of structs is an array of dictionaries.
    """
    head = read_head(path, "a MATLAB file")
    try:
        if HDF5_SIGNATURE in (head[:8], head[512:520]):
            from bench.readers.matlab import version_73

            return version_73.read(path, names)
        if head[124:128] in (b"\x00\x01IM", b"\x01\x00MI"):
            return version_5.read(path, names)
    except (OSError, *DAMAGE) as error:
        raise damaged(path) from error
    raise DataError(f"{path} is not a MATLAB file of version 5 or 7.3.")
