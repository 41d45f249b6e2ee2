"""Skin conductance: its slow level and its responses, without a decomposition.

A response is a rise of the smoothed signal, freed from an upward drift, that ends in a peak inside the window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import uniform_filter1d

from bench_statistics.feature import PLAIN, Feature
from bench_statistics.generic import quantile
from bench_statistics.intervals import ratio
from bench_statistics.resolution import coarser

if TYPE_CHECKING:
    from bench.api import Array, Rows

#: The smallest response in microsiemens.
SCR = 0.02
#: Samples per second that show a response, which rises over one to three seconds.
ENOUGH = 8.0
#: Seconds of the moving average that hides the noise of a sensor.
SMOOTHING = 1.0
#: Share of the time that a signal without its slope is below its level: between responses.
BELOW = 0.1


def skin_conductance(centred: Array, mean: Array, rate: float, threshold: float) -> dict[str, Feature]:
    """Responses, and the slow level below them with its slope. Without a response their mean height is 0."""
    minutes = centred.shape[1] / rate / 60
    rows, rate = coarser(centred, rate, ENOUGH)
    level = tonic_slope(rows, rate)
    smooth = rows
    for _ in range(2):  # a second time, because a single moving average lets some of the noise through
        smooth = uniform_filter1d(smooth, max(1, round(SMOOTHING * rate)), axis=1, mode="nearest")
    time = np.arange(rows.shape[1]) / rate
    flat = np.sort(smooth - level[:, None] * (time - time[-1] / 2), axis=1)
    # A falling level is left alone: taken away, it would turn a flat stretch into a rise.
    smooth = smooth - np.maximum(level, 0)[:, None] * time
    row, foot, peak = rises(smooth)
    rise = smooth[row, peak] - smooth[row, foot]
    row, foot, peak, rise = (column[rise >= threshold] for column in (row, foot, peak, rise))
    number = np.bincount(row, minlength=len(rows))
    recovery = half_recovery(smooth, row, foot, peak, rise)
    fell = np.isfinite(recovery)

    def average(row: Rows, values: Array) -> Array:
        return ratio(np.bincount(row, values, len(rows)), np.bincount(row, minlength=len(rows)), at_least=1)

    none = "no skin conductance response"
    return {
        "scr_per_minute": Feature("1/min", number / minutes),
        "scr_mean_amplitude": Feature("{u}", np.bincount(row, rise, len(rows)) / np.maximum(number, 1)),
        "tonic_slope_per_s": Feature("{u}/s", level),
        "tonic_level": Feature("{u}", mean + quantile(flat, BELOW)),
        "scr_count": Feature(PLAIN, number),
        "scr_rise_time_s": Feature("s", average(row, (peak - foot) / rate), none),
        "scr_half_recovery_s": Feature("s", average(row[fell], recovery[fell] / rate), f"{none} that falls by half"),
    }


def tonic_slope(rows: Array, rate: float) -> Array:
    """The median slope from a sample to the one half a window later: a response moves it little."""
    half = rows.shape[1] // 2
    if not half:
        return np.zeros(len(rows))
    change = np.median(rows[:, half : 2 * half] - rows[:, :half], axis=1)
    return np.asarray(change * rate / half)


def rises(smooth: Array) -> tuple[Rows, Rows, Rows]:
    """Row, foot and peak of each unbroken rise that ends before the last sample."""
    upward = np.zeros((len(smooth), smooth.shape[1] + 1), dtype=np.int8)
    upward[:, 1:-1] = np.diff(smooth, axis=1) > 0
    edges = np.diff(upward, axis=1)
    row, foot = np.nonzero(edges == 1)
    _, peak = np.nonzero(edges == -1)
    inside = peak < smooth.shape[1] - 1
    return row[inside], foot[inside], peak[inside]


def half_recovery(smooth: Array, row: Rows, foot: Rows, peak: Rows, rise: Array) -> Array:
    """Samples from each peak until half of its rise is gone; NaN where the next response or the end comes first."""
    following = np.full(len(row), smooth.shape[1] - 1)
    same = row[1:] == row[:-1]
    following[:-1][same] = foot[1:][same]
    recovery = np.full(len(row), np.nan)
    waiting = np.arange(len(row))
    for after in range(1, smooth.shape[1]):
        waiting = waiting[peak[waiting] + after <= following[waiting]]
        if not len(waiting):
            break
        fallen = smooth[row[waiting], peak[waiting] + after] <= (smooth[row, peak] - rise / 2)[waiting]
        recovery[waiting[fallen]] = after
        waiting = waiting[~fallen]
    return recovery
