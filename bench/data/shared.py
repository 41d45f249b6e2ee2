"""Vectors that many windows share, such as those of a song that many people hear: kept once for each stimulus."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array, Rows


@dataclass(frozen=True, eq=False)
class SharedVectors:
    """One vector per window, gathered only when asked for."""

    table: Array  # (stimuli, features)
    place: Array  # (n,) the row of each window
    names: tuple[str, ...]
    scale: Array | None = None  # (2, features): what is taken away from each, and by what it is divided then

    def take(self, rows: Rows) -> SharedVectors:
        """The vectors of stimuli that none of these windows has are left out."""
        kept, place = np.unique(self.place[rows], return_inverse=True)
        table = self.table if len(kept) == len(self.table) else self.table[kept]
        return replace(self, table=table, place=place)

    @property
    def values(self) -> Array:
        """(n, features)"""
        return self.of(self.place)

    def of(self, places: Rows) -> Array:
        """Those of some stimuli, scaled."""
        values = np.asarray(self.table[places], dtype=float)
        return values if self.scale is None else (values - self.scale[0]) / self.scale[1]

    def scaled(self, offset: Array, divisor: Array) -> SharedVectors:
        """On top of the scale that there is."""
        before, by = np.array([[0.0], [1.0]]) if self.scale is None else self.scale
        return replace(self, scale=np.array([before + offset * by, by * divisor]))
