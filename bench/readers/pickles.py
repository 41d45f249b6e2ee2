"""Pickles of plain data and NumPy arrays, read without executing anything.

Python's own unpickler calls whatever a file names. Even where names are restricted, a crafted file can exhaust the
stack by hashing nested tuples, set attributes of functions, or fill the memory. `PickleMachine` calls nothing, and
`Expansion` bounds what a caller meets.
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
MAX_RATIO = 10  # of values to bytes; without shared ones, there is one for each byte at most
RATIO_ALLOWANCE = 10**5  # values to which the ratio does not apply
CONTAINERS = (dict, list, tuple, set, frozenset)
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
            Expansion(size).count(result)
            return result
    except OSError as error:
        raise unreadable(path, error) from error
    except RefusedError as error:
        raise DataError(f"{path} {error}") from None
    except EOFError:
        raise DataError(f"{path} is truncated: the download is incomplete; download it again.") from None
    except DAMAGE as error:
        raise DataError(f"{path} is not a valid pickle: it is damaged ({type(error).__name__}).") from error


class Expansion:
    """Counts the values of a result as a caller would meet them: what is shared counts wherever it is referred to."""

    def __init__(self, size: int) -> None:
        self.limit = MAX_RATIO * size + RATIO_ALLOWANCE
        self.counted: dict[int, tuple[int, int]] = {}  # container -> values and levels in it
        self.open: set[int] = set()  # the containers around the current value

    def count(self, item: Any, outside: int = 0) -> tuple[int, int]:
        """Values in an item, and its levels; `outside` is the number of containers around it."""
        if not isinstance(item, CONTAINERS):
            if not isinstance(item, LEAF_TYPES):
                raise RefusedError("contains a type where data are expected.")
            return (item.size if isinstance(item, np.ndarray) else 1), 0
        if id(item) in self.open:
            raise RefusedError("contains a list or a dictionary that contains itself.")
        found = self.counted.get(id(item)) or self.inside(item, outside)
        if outside + found[1] > MAX_DEPTH:
            raise RefusedError(f"is nested deeper than {MAX_DEPTH} levels.")
        return found

    def inside(self, item: Any, outside: int) -> tuple[int, int]:
        """Values and levels of a container that has not been counted yet."""
        if outside == MAX_DEPTH:
            raise RefusedError(f"is nested deeper than {MAX_DEPTH} levels.")
        self.open.add(id(item))
        values, levels = 1, 0
        for each in item.values() if isinstance(item, dict) else item:
            more, below = self.count(each, outside + 1)
            values, levels = values + more, max(levels, below)
        self.open.remove(id(item))
        if values > self.limit:
            raise RefusedError(f"refers to the same values so often that it expands to more than {self.limit} of them.")
        self.counted[id(item)] = values, levels + 1
        return self.counted[id(item)]
