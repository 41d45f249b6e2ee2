"""Peaks of many rows at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import maximum_filter1d, median_filter

from bench_statistics.intervals import Intervals, medians

if TYPE_CHECKING:
    from bench.api import Array, Rows

#: Blocks whose highest samples make one usual height; rows with more have a usual height that changes.
MOST_BLOCKS, NEAR_BLOCKS = 30, 15


@dataclass(frozen=True)
class Rhythm:
    """What is known of the beats or breaths that peaks are looked for."""

    block: float = 2.0  # seconds that hold one: a heart above 30 per minute
    refractory: float = 0.25  # seconds in which no second one can be: 240 per minute
    tolerance: float = 0.3  # intervals further than this share from the median have missed, false or ectopic beats


HEART = Rhythm()
BREATHING = Rhythm(block=10.0, refractory=1.2, tolerance=1.0)


@dataclass(frozen=True, eq=False)
class Peaks:
    """Peaks in order of row and time."""

    count: int  # rows, with and without peaks
    row: Rows
    sample: Rows
    seconds: Array  # finer than a sample

    def intervals(self, tolerance: float = HEART.tolerance) -> Intervals:
        """From each peak to the next of its row; good are those that are near the median of the row."""
        same = self.row[1:] == self.row[:-1]
        row = self.row[1:][same]
        length = np.diff(self.seconds)[same]
        middle = medians(row, length, self.count)[row]
        return Intervals(self.count, row, self.seconds[1:][same], length, np.abs(length - middle) <= tolerance * middle)

    def numbers(self) -> Array:
        """How many each row has."""
        return np.bincount(self.row, minlength=self.count)


def find_peaks(rows: Array, rate: float, share: float, rhythm: Rhythm = HEART) -> Peaks:
    """The highest samples within the refractory time that reach a share of the usual height of their row.

    The usual height is the median over blocks of the highest sample in each: neither a few artefacts nor
    the time between the beats move it.
    """
    gap = max(1, int(rhythm.refractory * rate))
    highest = maximum_filter1d(rows, 2 * gap + 1, axis=1, mode="constant", cval=-np.inf)
    found = (rows == highest) & (rows > 0) & (rows >= share * usual_height(rows, max(1, int(rhythm.block * rate))))
    found[:, [0, -1]] = False  # what rises beyond an edge has no peak that can be seen
    row, sample = np.nonzero(found)
    # Equal samples side by side are one peak, the first of them.
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (np.diff(sample) > gap)
    return placed(rows, rate, Peaks(len(rows), row[first], sample[first], np.empty(0)))


def usual_height(rows: Array, block: int) -> Array:
    """The median over blocks of the highest sample in each: of all blocks, or in long rows of those near by."""
    starts = np.arange(0, max(1, rows.shape[1] - block + 1), block)
    heights = np.maximum.reduceat(rows, starts, axis=1)
    if len(starts) <= MOST_BLOCKS:
        return np.asarray(np.median(heights, axis=1)[:, None])
    near: Array = median_filter(heights, (1, NEAR_BLOCKS), mode="nearest")
    return near[:, np.minimum(np.arange(rows.shape[1]) // block, len(starts) - 1)]


def placed(rows: Array, rate: float, peaks: Peaks) -> Peaks:
    """Peaks at the highest point of the parabola through each and its neighbours."""
    row, sample = peaks.row, peaks.sample
    before, at, after = rows[row, sample - 1], rows[row, sample], rows[row, sample + 1]
    bend = before - 2 * at + after
    offset = np.divide(0.5 * (before - after), bend, out=np.zeros(len(row)), where=bend < 0)
    return replace(peaks, seconds=(sample + np.clip(offset, -0.5, 0.5)) / rate)


def nearby(time: int, peaks: Peaks, radius: int) -> Array:
    """The samples around each peak (peaks, 2 * radius + 1), away from the edges of the rows."""
    around: Array = np.clip(peaks.sample[:, None] + np.arange(-radius, radius + 1), 1, max(1, time - 2))
    return around


def away_from_edges(peaks: Peaks, time: int, radius: int) -> Peaks:
    """Those with so many samples and one more on either side."""
    inside = (peaks.sample > radius) & (peaks.sample < time - radius - 1)
    return replace(peaks, row=peaks.row[inside], sample=peaks.sample[inside], seconds=peaks.seconds[inside])
