"""How much memory the values of a file may take: a multiple of its size, and never more than a machine has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.errors import DataError
from bench.readers.file_checks import format_size

if TYPE_CHECKING:
    from pathlib import Path

# Packed recordings become up to 8 times as large, and 8 times more where whole numbers are stored in bytes and read
# as doubles; zeros become 1,000 times as large. No recording consists of them, and labels that do are in the allowance.
MAX_RATIO = 50
RATIO_ALLOWANCE = 64 * 10**6  # bytes to which the ratio does not apply
MAX_BYTES = 8 * 10**9  # the largest file that is read, DREAMER.mat, takes about 2 GB
ITEM = 256  # bytes of a value beside its data: an array, a text or a dictionary, and its place in a list


class MemoryLimit:
    """The limit of a file, from which each value is taken before memory is allocated for it."""

    def __init__(self, path: Path) -> None:
        self.path, self.size, self.taken = path, path.stat().st_size, 0
        self.limit = min(MAX_BYTES, RATIO_ALLOWANCE + MAX_RATIO * self.size)

    def take(self, count: int) -> None:
        """Raise where this many bytes more are too many."""
        self.taken += count
        if self.taken > self.limit:
            raise DataError(
                f"{self.path} has {format_size(self.size)}, but its values would take more than "
                f"{format_size(self.limit)} of memory; it is damaged or crafted: get it again from its owners."
            )
