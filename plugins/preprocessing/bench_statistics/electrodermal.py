"""Skin conductance: its slow level and its responses, without a decomposition.

A response is a rise of the smoothed signal, freed from an upward drift, that ends in a peak inside the window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import uniform_filter1d

from bench_statistics.resolution import coarser

if TYPE_CHECKING:
    from bench.api import Array

#: Samples per second that show a response, which rises over one to three seconds.
ENOUGH = 8.0
#: Seconds of the moving average that hides the noise of a sensor.
SMOOTHING = 1.0


def skin_conductance(centred: Array, rate: float, threshold: float) -> dict[str, Array]:
    """Responses per minute, their mean rise (0 where there is none), and the slope of the level."""
    minutes = centred.shape[1] / rate / 60
    rows, rate = coarser(centred, rate, ENOUGH)
    level = tonic_slope(rows, rate)
    smooth = rows
    for _ in range(2):  # a second time, because a single moving average lets some of the noise through
        smooth = uniform_filter1d(smooth, max(1, round(SMOOTHING * rate)), axis=1, mode="nearest")
    # A falling level is left alone: taken away, it would turn a flat stretch into a rise.
    smooth = smooth - np.maximum(level, 0)[:, None] * (np.arange(rows.shape[1]) / rate)
    row, rise = rises(smooth)
    row, rise = row[rise >= threshold], rise[rise >= threshold]
    number = np.bincount(row, minlength=len(rows))
    total = np.bincount(row, rise, len(rows))
    return {
        "scr_per_minute": number / minutes,
        "scr_mean_amplitude": total / np.maximum(number, 1),
        "tonic_slope_per_s": level,
    }


def tonic_slope(rows: Array, rate: float) -> Array:
    """The median slope from a sample to the one half a window later: a response moves it little."""
    half = rows.shape[1] // 2
    if not half:
        return np.zeros(len(rows))
    change = np.median(rows[:, half : 2 * half] - rows[:, :half], axis=1)
    return np.asarray(change * rate / half)


def rises(smooth: Array) -> tuple[Array, Array]:
    """Row and height of each unbroken rise that ends before the last sample."""
    upward = np.zeros((len(smooth), smooth.shape[1] + 1), dtype=np.int8)
    upward[:, 1:-1] = np.diff(smooth, axis=1) > 0
    edges = np.diff(upward, axis=1)
    row, foot = np.nonzero(edges == 1)
    _, peak = np.nonzero(edges == -1)
    inside = peak < smooth.shape[1] - 1
    row, foot, peak = row[inside], foot[inside], peak[inside]
    return row, smooth[row, peak] - smooth[row, foot]
