"""Slow and fast fluctuations of the heart rate: power of its intervals by Lomb and Scargle.

The periodogram takes intervals where they are, so that those left out need not be made up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_statistics.feature import PLAIN, Feature, none

if TYPE_CHECKING:
    from bench.api import Array
    from bench_statistics.intervals import Intervals

#: Hertz, and the seconds that such a fluctuation needs (Task Force 1996).
LF, HF = (0.04, 0.15), (0.15, 0.4)
LF_SECONDS, HF_SECONDS = 120.0, 60.0
#: Share of a window that plausible intervals have to fill.
FILLED = 0.5
THIN = "plausible intervals fill less than half of the window"


def of_frequencies(intervals: Intervals, seconds: float) -> dict[str, Feature]:
    """Power in both bands in ms², and their ratio; a sine of amplitude A ms has the power A²/2."""
    features, power = {}, {}
    for name, band, needed in (("lf", LF, LF_SECONDS), ("hf", HF, HF_SECONDS)):
        label = f"{name}_power_ms2"
        if seconds < needed:
            features[label] = none("ms²", f"needs {needed:g} s")
        else:
            power[name] = band_power(intervals, seconds, band)
            features[label] = Feature("ms²", power[name], THIN)
    if len(power) < 2:
        return features | {"lf_hf_ratio": none(PLAIN, f"needs {LF_SECONDS:g} s")}
    quotient = np.full(intervals.count, np.nan)
    np.divide(power["lf"], power["hf"], out=quotient, where=power["hf"] > 0)
    return features | {"lf_hf_ratio": Feature(PLAIN, quotient, f"{THIN}, or have no fast fluctuation")}


def band_power(intervals: Intervals, seconds: float, band: tuple[float, float]) -> Array:
    """The periodogram summed over the multiples of one over the window in a band, from and below."""
    number = intervals.number()
    mean = intervals.covered() / np.maximum(number, 1)
    row, good = intervals.row[intervals.good], intervals.good
    time, value = intervals.end[good], 1000 * (intervals.length - mean[intervals.row])[good]
    total = np.zeros(intervals.count)
    for frequency in np.arange(np.ceil(band[0] * seconds - 1e-9), np.ceil(band[1] * seconds - 1e-9)) / seconds:
        total += lomb_scargle(row, time, value, frequency, intervals.count)
    known = (intervals.covered() >= FILLED * seconds) & (number >= 3)
    return np.where(known, 2 * total / np.maximum(number, 1), np.nan)


def lomb_scargle(row: Array, time: Array, value: Array, frequency: float, count: int) -> Array:
    """The periodogram of each row at one frequency; N A²/4 for N values of a sine of amplitude A."""
    angle = 2 * np.pi * frequency * time
    twice = (np.bincount(row, np.sin(2 * angle), count), np.bincount(row, np.cos(2 * angle), count))
    angle = angle - np.arctan2(*twice)[row] / 2
    power = np.zeros(count)
    for wave in (np.cos(angle), np.sin(angle)):
        product, square = np.bincount(row, value * wave, count), np.bincount(row, wave * wave, count)
        power += np.divide(product**2, square, out=np.zeros(count), where=square > 1e-9) / 2
    return power
