"""Heart rate and its variability, of an electrocardiogram and of a pulse wave.

Variability is that of intervals near the median of their window: a missed, a false or an ectopic beat is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_statistics.beats import LEAST_ECG, LEAST_PULSE, bandpass, heart_beats, pulses
from bench_statistics.feature import PLAIN, Feature, none
from bench_statistics.intervals import ratio
from bench_statistics.peaks import HEART, nearby
from bench_statistics.resolution import coarser
from bench_statistics.variability import of_frequencies

if TYPE_CHECKING:
    from bench.api import Array, Rows
    from bench_statistics.intervals import Intervals
    from bench_statistics.peaks import Peaks

#: Samples per second that place a beat well once a parabola refines it.
ENOUGH_ECG, ENOUGH_PULSE = 120.0, 32.0
#: Hertz: the whole of a pulse wave, in which its height is measured.
WAVE = (0.5, 4.0)
#: Seconds from the peak of the rhythm to that of the wave, at most.
RADIUS = 0.15
TOO_FEW = "fewer than 3 beats with plausible intervals"
UNITS = {
    "mean_nn_ms": "ms", "sdnn_ms": "ms", "rmssd_ms": "ms", "sdsd_ms": "ms", "pnn20_percent": "%", "pnn50_percent": "%",
    "lf_power_ms2": "ms²", "hf_power_ms2": "ms²", "lf_hf_ratio": PLAIN, "beat_count": PLAIN,
}  # fmt: skip


def electrocardiogram(centred: Array, rate: float) -> dict[str, Feature]:
    """Heart rate and its variability from the R peaks of rows (n, time)."""
    units = {"heart_rate_bpm": "1/min"} | UNITS
    reason = impossible(centred, rate, LEAST_ECG)
    if reason:
        return {name: none(unit, reason) for name, unit in units.items()}
    beats = heart_beats(*coarser(centred, rate, ENOUGH_ECG))
    return variability("heart_rate_bpm", beats, centred.shape[1] / rate)


def pulse_wave(centred: Array, rate: float) -> dict[str, Feature]:
    """Pulse rate, its variability, and the mean rise of the filtered wave from foot to peak."""
    units = {"pulse_rate_bpm": "1/min"} | UNITS | {"pulse_amplitude": "{u}"}
    reason = impossible(centred, rate, LEAST_PULSE)
    if reason:
        return {name: none(unit, reason) for name, unit in units.items()}
    rows, coarse = coarser(centred, rate, ENOUGH_PULSE)
    beats = pulses(rows, coarse)
    row, rise = heights(bandpass(rows, coarse, *WAVE), beats, round(RADIUS * coarse))
    number = np.bincount(row, minlength=beats.count)
    amplitude = ratio(np.bincount(row, rise, beats.count), number, at_least=1)
    features = variability("pulse_rate_bpm", beats, centred.shape[1] / rate)
    return features | {"pulse_amplitude": Feature("{u}", amplitude, "fewer than 2 beats")}


def impossible(rows: Array, rate: float, least: float) -> str:
    """Why no window of that length and rate has three beats; empty where one may."""
    if rate <= least:
        return f"needs more than {least:g} samples per second"
    shortest = 2 * HEART.refractory
    return "" if rows.shape[1] / rate > shortest else f"needs more than {shortest:g} s"


def variability(name: str, beats: Peaks, seconds: float) -> dict[str, Feature]:
    """Rate under that name, and statistics of the intervals between beats in windows of so many seconds."""
    intervals = beats.intervals()
    features = {name: Feature("1/min", 60 / intervals.mean(), TOO_FEW)}
    for label, values in of_time(intervals).items():
        features[label] = Feature(UNITS[label], values, TOO_FEW)
    features["sdsd_ms"] = Feature("ms", 1000 * intervals.changes().sd(), "fewer than 4 beats with plausible intervals")
    return features | of_frequencies(intervals, seconds) | {"beat_count": Feature(PLAIN, beats.numbers())}


def of_time(intervals: Intervals) -> dict[str, Array]:
    """Variability of intervals and from one to the next; shares are of all intervals, as the Task Force (1996) says."""
    changes, number = intervals.changes(), intervals.number()
    shares = {
        f"pnn{limit}_percent": np.where(
            changes.number() > 0, 100 * changes.beyond(limit / 1000) / np.maximum(number, 1), np.nan
        )
        for limit in (20, 50)
    }
    return {
        "mean_nn_ms": 1000 * intervals.mean(),
        "sdnn_ms": 1000 * intervals.sd(),
        "rmssd_ms": 1000 * changes.root_mean_square(),
        **shares,
    }


def heights(wave: Array, peaks: Peaks, radius: int) -> tuple[Rows, Array]:
    """Row and height of each peak but the first of a row: above the lowest sample since the peak before."""
    if not len(peaks.row):
        return peaks.row, np.empty(0)
    feet = np.minimum.reduceat(wave.ravel(), peaks.row * wave.shape[1] + peaks.sample)[:-1]
    tops = wave[peaks.row[:, None], nearby(wave.shape[1], peaks, radius)].max(axis=1)
    same = peaks.row[1:] == peaks.row[:-1]
    return peaks.row[1:][same], (tops[1:] - feet)[same]
