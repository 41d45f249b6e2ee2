"""Vectors that many windows share, such as features of a song: stored once per stimulus."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array, Rows


@dataclass(frozen=True, eq=False)
class SharedVectors:
    """One vector per window, gathered on access."""

    table: Array  # (stimuli, features)
    place: Array  # (n,) the row of each window
    names: tuple[str, ...]
    scale: Array | None = None  # (2, features): offsets and divisors

    def __len__(self) -> int:
        return len(self.place)

    def take(self, rows: Rows) -> SharedVectors:
        """Some of the windows, without the vectors of other stimuli."""
        kept, place = np.unique(self.place[rows], return_inverse=True)
        table = self.table if len(kept) == len(self.table) else self.table[kept]
        return replace(self, table=table, place=place)

    @property
    def values(self) -> Array:
        """(n, features)"""
        return self.of(self.place)

    def of(self, places: Rows) -> Array:
        """The scaled vectors of some stimuli."""
        values = np.asarray(self.table[places], dtype=float)
        return values if self.scale is None else (values - self.scale[0]) / self.scale[1]

    def scaled(self, offset: Array, divisor: Array) -> SharedVectors:
        """With a further scaling on top of the current one."""
        before, by = np.array([[0.0], [1.0]]) if self.scale is None else self.scale
        return replace(self, scale=np.array([before + offset * by, by * divisor]))
