"""Search-back for missed beats: a second look where a beat is late (Pan and Tompkins 1985).

A threshold that follows the usual height of a signal misses beats where the signal becomes weak within seconds. Where
the next beat is late, the highest peak at about the right time is therefore a beat if it stands out from the signal
around it, however low it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_statistics.peaks import HEART, Peaks, placed

if TYPE_CHECKING:
    from bench.api import Array, Rows

#: A beat is late when more than this multiple of the usual interval has passed (Pan and Tompkins 1985).
LATE = 1.66
#: Where it is looked for, in usual intervals after the beat before it.
SOONEST, LATEST = 0.6, 1.5
#: The usual interval is the median of this many intervals on either side of a beat.
NEAR = 4
#: A beat reaches this multiple of the lower quartile of the energy between beats; noise seldom does.
CONTRAST, QUARTILE = 20.0, 0.25
#: Where the QRS complex of the beat before has ended, in usual intervals after it.
ENDED = 0.3


def search_back(energy: Array, rate: float, peaks: Peaks) -> Peaks:
    """The peaks, and those that were missed between them, before the first and after the last."""
    row, sample = peaks.row, peaks.sample
    for _ in range(2):  # forwards in time and then, mirrored, backwards
        missed = late_beats(energy, row, sample, rate)
        row, sample = (np.concatenate(both) for both in zip((row, sample), missed, strict=True))
        energy, sample = energy[:, ::-1], energy.shape[1] - 1 - sample
        order = np.lexsort((sample, row))
        row, sample = row[order], sample[order]
    return placed(energy, rate, Peaks(peaks.count, row, sample, np.empty(0)))


def late_beats(energy: Array, row: Rows, last: Rows, rate: float) -> tuple[Rows, Rows]:
    """Row and sample of missed beats, found one after another from each beat whose next one is late."""
    time = energy.shape[1]
    usual = usual_intervals(row, last)
    following = np.full(len(row), np.inf)
    same = row[1:] == row[:-1]
    following[:-1][same] = last[1:][same]
    found = [(row[:0], last[:0])]
    good = usual <= HEART.block * rate
    while True:
        late = good & (np.minimum(following, time) - last > LATE * usual)
        row, last, usual, following = row[late], last[late], usual[late], following[late]
        if not len(row):
            break
        after = np.arange(int(LATEST * usual.max()) + 2)
        place = last[:, None] + after
        values = energy[row[:, None], np.minimum(place, time - 1)]
        ends = np.minimum(LATEST * usual, np.minimum(following, time - 1) - last)[:, None]
        near = (after >= SOONEST * usual[:, None]) & (after < ends) & (place <= (following - SOONEST * usual)[:, None])
        near[:, 1:-1] &= (values[:, 1:-1] > values[:, :-2]) & (values[:, 1:-1] >= values[:, 2:])  # not on a slope
        last = last + np.where(near, values, -np.inf).argmax(axis=1)
        height, between = energy[row, last], (after >= ENDED * usual[:, None]) & (after < ends)
        good = near.any(axis=1) & (height > 0) & (height >= CONTRAST * lower_quartile(values, between))
        found.append((row[good], last[good]))
    rows, samples = zip(*found, strict=True)
    return np.concatenate(rows), np.concatenate(samples)


def usual_intervals(row: Rows, sample: Rows) -> Array:
    """The median of the intervals near each beat, in samples; infinite where its row has none."""
    if len(row) < 2:
        return np.full(len(row), np.inf)
    place = np.arange(len(row))[:, None] + np.arange(-NEAR, NEAR)  # interval k ends at beat k + 1
    inside = (place >= 0) & (place < len(row) - 1)
    place = np.clip(place, 0, len(row) - 2)
    inside &= (row[place] == row[:, None]) & (row[place + 1] == row[:, None])
    lengths = np.where(inside, (sample[1:] - sample[:-1])[place], np.inf)
    lengths.sort(axis=1)
    return np.asarray(lengths[np.arange(len(row)), np.maximum(inside.sum(axis=1) - 1, 0) // 2])


def lower_quartile(values: Array, chosen: Array) -> Array:
    """The lower quartile of the chosen values of each row."""
    ordered = np.sort(np.where(chosen, values, np.inf), axis=1)
    return np.asarray(ordered[np.arange(len(values)), (QUARTILE * chosen.sum(axis=1)).astype(int)])
