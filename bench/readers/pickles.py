"""Pickles of plain data and NumPy arrays, read without executing anything.

Python's own unpickler calls whatever a file names. Even where names are restricted, a crafted file can exhaust the
stack by hashing nested tuples, set attributes of functions, or fill the memory. `PickleMachine` calls nothing.
"""

from __future__ import annotations

import struct
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import DataError
from bench.readers.file_checks import read_head, unreadable
from bench.readers.pickle_machine import CHUNK, KEY_TYPES, PickleMachine, RefusedError
from bench.readers.pickle_opcodes import run

if TYPE_CHECKING:
    from pathlib import Path

MAX_DEPTH = 100  # of containers in containers
LEAF_TYPES = (*KEY_TYPES, bytearray, np.ndarray, np.generic, np.dtype)
DAMAGE = (ValueError, TypeError, LookupError, struct.error, OverflowError, MemoryError, ArithmeticError, Warning)


def read(path: Path) -> Any:
    """Read a pickle of plain containers, numbers, text and NumPy arrays. A `str` of Python 2 is read as Latin-1."""
    read_head(path, "a pickle")
    try:
        size = path.stat().st_size
        with path.open("rb", buffering=CHUNK) as file, warnings.catch_warnings():
            warnings.simplefilter("error")
            result = run(PickleMachine(file, size))
            check_result(result)
            return result
    except OSError as error:
        raise unreadable(path, error) from error
    except RefusedError as error:
        raise DataError(f"{path} {error}") from None
    except EOFError:
        raise DataError(f"{path} is truncated: the download is incomplete; download it again.") from None
    except DAMAGE as error:
        raise DataError(f"{path} is not a valid pickle: it is damaged ({type(error).__name__}).") from error


def check_result(result: Any) -> None:
    """Refuse what is not data, and containers nested so deeply that a recursive caller would exhaust its stack."""
    visited: set[int] = set()
    level = [result]
    for _ in range(MAX_DEPTH):
        next_level: list[Any] = []
        for item in level:
            if isinstance(item, (dict, list, tuple, set, frozenset)):
                if id(item) not in visited:
                    visited.add(id(item))
                    next_level.extend(item.values() if isinstance(item, dict) else item)
            elif not isinstance(item, LEAF_TYPES):
                raise RefusedError("contains a type where data are expected.")
        if not next_level:
            return
        level = next_level
    raise RefusedError(f"is nested deeper than {MAX_DEPTH} levels.")
