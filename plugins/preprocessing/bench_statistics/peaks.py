"""Peaks of many rows at once, and statistics of the intervals between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import maximum_filter1d

if TYPE_CHECKING:
    from bench.api import Array, Rows

#: Seconds; every block of this length holds a beat of a heart above 30 per minute.
BLOCK = 2.0
#: Seconds in which no second beat can be (240 per minute).
REFRACTORY = 0.25
#: Intervals further than this share from the median of their row come from a missed, false or ectopic beat.
TOLERANCE = 0.3


@dataclass(frozen=True, eq=False)
class Peaks:
    """Peaks in order of row and time."""

    count: int  # rows, with and without peaks
    row: Rows
    sample: Rows
    seconds: Array  # finer than a sample

    def intervals(self) -> Intervals:
        """From each peak to the next of its row, without those far from the median of the row."""
        same = self.row[1:] == self.row[:-1]
        row = self.row[1:][same]
        length = np.diff(self.seconds)[same]
        middle = medians(row, length, self.count)[row]
        return Intervals(self.count, row, length, np.abs(length - middle) <= TOLERANCE * middle)


@dataclass(frozen=True, eq=False)
class Intervals:
    """Seconds between neighbouring peaks of a row."""

    count: int
    row: Rows
    length: Array
    good: Array

    def per_minute(self) -> Array:
        """60 over the mean interval; NaN below two intervals."""
        total, number = self._sums(self.length, self.good)
        return np.asarray(60 / ratio(total, number, at_least=2))

    def sdnn(self) -> Array:
        """Standard deviation in milliseconds; NaN below two intervals."""
        total, number = self._sums(self.length, self.good)
        mean = total / np.maximum(number, 1)
        squares, _ = self._sums((self.length - mean[self.row]) ** 2, self.good)
        return np.asarray(1000 * np.sqrt(ratio(squares, number - 1, at_least=1)))

    def rmssd(self) -> Array:
        """Root mean square of successive differences in milliseconds; NaN without two neighbouring intervals."""
        pair = (self.row[1:] == self.row[:-1]) & self.good[1:] & self.good[:-1]
        later = Intervals(self.count, self.row[1:], np.diff(self.length), pair)
        squares, number = later._sums(later.length**2, pair)
        return np.asarray(1000 * np.sqrt(ratio(squares, number, at_least=1)))

    def _sums(self, values: Array, chosen: Array) -> tuple[Array, Array]:
        row = self.row[chosen]
        return np.bincount(row, values[chosen], self.count), np.bincount(row, minlength=self.count)


def find_peaks(rows: Array, rate: float, share: float) -> Peaks:
    """The highest samples within the refractory time that reach a share of the usual height of their row.

    The usual height is the median over blocks of the highest sample in each: neither a few artefacts nor
    the time between the beats move it.
    """
    gap = max(1, int(REFRACTORY * rate))
    highest = maximum_filter1d(rows, 2 * gap + 1, axis=1, mode="constant", cval=-np.inf)
    level = share * usual_height(rows, rate)[:, None]
    found = (rows == highest) & (rows > 0) & (rows >= level)
    found[:, [0, -1]] = False  # what rises beyond an edge has no peak that can be seen
    row, sample = np.nonzero(found)
    # Equal samples side by side are one peak, the first of them.
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (np.diff(sample) > gap)
    row, sample = row[first], sample[first]
    return Peaks(len(rows), row, sample, (sample + vertex(rows, row, sample)) / rate)


def usual_height(rows: Array, rate: float) -> Array:
    """The median over blocks of the highest sample in each."""
    starts = np.arange(0, max(1, rows.shape[1] - int(BLOCK * rate) + 1), max(1, int(BLOCK * rate)))
    return np.asarray(np.median(np.maximum.reduceat(rows, starts, axis=1), axis=1))


def vertex(rows: Array, row: Rows, sample: Rows) -> Array:
    """Where the parabola through a peak and its neighbours is highest, in samples from the peak."""
    before, at, after = rows[row, sample - 1], rows[row, sample], rows[row, sample + 1]
    bend = before - 2 * at + after
    offset: Array = np.divide(0.5 * (before - after), bend, out=np.zeros(len(row)), where=bend < 0)
    return offset


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
