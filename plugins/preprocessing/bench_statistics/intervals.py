"""Intervals between neighbouring beats or breaths of many rows, and their statistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array, Rows

#: Seconds, of the differences of times of an hour.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Intervals:
    """Seconds between neighbouring peaks; statistics are of the good ones, NaN where there are too few."""

    count: int  # rows, with and without intervals
    row: Rows
    end: Array  # when they end, in seconds of the row
    length: Array
    good: Array

    def number(self) -> Array:
        """How many good ones each row has."""
        return np.bincount(self.row[self.good], minlength=self.count)

    def covered(self) -> Array:
        """Seconds of all good ones."""
        return self._sum(self.length, self.good)

    def mean(self, at_least: int = 2) -> Array:
        """Seconds; NaN below that many."""
        return ratio(self.covered(), self.number(), at_least)

    def sd(self) -> Array:
        """Standard deviation in seconds; NaN below two intervals."""
        mean = self.covered() / np.maximum(self.number(), 1)
        squares = self._sum((self.length - mean[self.row]) ** 2, self.good)
        return np.sqrt(ratio(squares, self.number() - 1, at_least=1))

    def changes(self) -> Intervals:
        """From one good interval to a good one that follows it, as intervals of their own."""
        pair = (self.row[1:] == self.row[:-1]) & self.good[1:] & self.good[:-1]
        return Intervals(self.count, self.row[1:], self.end[1:], np.diff(self.length), pair)

    def root_mean_square(self) -> Array:
        """Of their lengths; NaN without any."""
        return np.sqrt(ratio(self._sum(self.length**2, self.good), self.number(), at_least=1))

    def beyond(self, seconds: float) -> Array:
        """How many of each row are longer, or as far below zero; rounding does not make one longer."""
        return np.bincount(self.row[self.good & (np.abs(self.length) > seconds + ROUNDING)], minlength=self.count)

    def _sum(self, values: Array, chosen: Array) -> Array:
        return np.bincount(self.row[chosen], values[chosen], self.count)


def ratio(total: Array, number: Array, at_least: int) -> Array:
    """A mean from a sum and a number; NaN where there are too few."""
    return np.asarray(np.divide(total, number, out=np.full(len(total), np.nan), where=number >= at_least))


def medians(row: Rows, values: Array, count: int) -> Array:
    """The median of the values of each row; 0 where there are none."""
    numbers = np.bincount(row, minlength=count)
    if not len(values):
        return np.zeros(count)
    ordered = values[np.lexsort((values, row))]
    starts = np.cumsum(numbers) - numbers
    low = np.minimum(starts + np.maximum(numbers - 1, 0) // 2, len(values) - 1)
    high = np.minimum(starts + numbers // 2, len(values) - 1)
    return np.where(numbers > 0, (ordered[low] + ordered[high]) / 2, 0.0)
