"""Breaths: how many, how deep, and how regular."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_statistics.beats import bandpass
from bench_statistics.feature import Feature, none
from bench_statistics.heart import heights
from bench_statistics.intervals import ratio
from bench_statistics.peaks import BREATHING, find_peaks
from bench_statistics.resolution import coarser

if TYPE_CHECKING:
    from bench.api import Array

#: Hertz of breathing, and samples per second that show it.
BREATH, ENOUGH, LEAST = (0.1, 0.7), 16.0, 2.0
#: Share of the usual breath that a breath has at least.
SHARE = 0.3
UNITS = {
    "breathing_rate_per_min": ("1/min", "fewer than 2 breaths"),
    "breath_interval_sd_s": ("s", "fewer than 3 breaths"),
    "breath_depth": ("{u}", "fewer than 2 breaths"),
    "breath_depth_sd": ("{u}", "fewer than 3 breaths"),
}


def breathing(centred: Array, rate: float) -> dict[str, Feature]:
    """Rate, and depth from the lowest to the highest point, with the standard deviation of both over breaths."""
    shortest = BREATHING.refractory
    reason = f"needs more than {LEAST:g} samples per second" if rate <= LEAST else ""
    if centred.shape[1] / rate <= shortest:
        reason = f"needs more than {shortest:g} s"
    if reason:
        return {name: none(unit, reason) for name, (unit, _) in UNITS.items()}
    rows, rate = coarser(centred, rate, ENOUGH)
    wave = bandpass(rows, rate, *BREATH)
    breaths = find_peaks(wave, rate, SHARE, BREATHING)
    intervals = breaths.intervals(BREATHING.tolerance)
    row, depth = heights(wave, breaths, radius=0)
    number = np.bincount(row, minlength=len(rows))
    mean = ratio(np.bincount(row, depth, len(rows)), number, at_least=1)
    squares = np.bincount(row, (depth - mean[row]) ** 2, len(rows))
    values = (60 / intervals.mean(1), intervals.sd(), mean, np.sqrt(ratio(squares, number - 1, at_least=1)))
    return {
        name: Feature(unit, column, reason)
        for (name, (unit, reason)), column in zip(UNITS.items(), values, strict=True)
    }
