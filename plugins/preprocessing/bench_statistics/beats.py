"""Where the beats of a heart are, in an electrocardiogram and in a pulse wave."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, sosfiltfilt

from bench.errors import DataError
from bench_statistics.intervals import medians
from bench_statistics.peaks import away_from_edges, find_peaks, nearby, placed
from bench_statistics.search_back import search_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.api import Array
    from bench_statistics.peaks import Peaks

#: Hertz: where the QRS complex is strong and the T wave is weak; what keeps the shape of an R wave.
QRS, SHAPE = (8.0, 20.0), (3.0, 30.0)
#: Hertz: where a pulse up to 180 per minute is stronger than the notch after it and the sway of a wrist.
PULSE = (0.8, 3.0)
#: Samples per second without which there are no beats.
LEAST_ECG, LEAST_PULSE = 3 * QRS[0], 8.0
#: Seconds of a QRS complex, from its middle to the R peak at most, and over which a pulse wave gets the same height.
COMPLEX, APEX, LEVELLING = 0.08, 0.05, 2.0
#: How much further down than up an inverted lead goes.
INVERTED = 1.25
#: Share of the highest pulse below which there is only noise.
FLAT = 0.01


def r_peaks(signal: Array, rate: float) -> Array:
    """Seconds of the R peaks of an electrocardiogram of any length, which gaps (NaN) may interrupt."""
    return in_stretches(signal, rate, heart_beats, LEAST_ECG)


def pulse_peaks(signal: Array, rate: float) -> Array:
    """Seconds of the peaks of a pulse wave of any length, which gaps (NaN) may interrupt."""
    return in_stretches(signal, rate, pulses, LEAST_PULSE)


def in_stretches(signal: Array, rate: float, find: Callable[[Array, float], Peaks], least: float) -> Array:
    """The beats of every stretch without a gap."""
    values = np.asarray(signal, dtype=np.float64)
    if values.ndim != 1 or not rate > least:
        raise DataError(
            f"Beats need one channel (time,) with more than {least:g} samples per second; "
            f"there are {rate:g} and the shape is {values.shape}."
        )
    edges = np.flatnonzero(np.diff(np.isfinite(values), prepend=False, append=False))
    found = [np.empty(0)]
    for first, stop in edges.reshape(-1, 2):
        stretch = values[None, first:stop]
        found.append(find(stretch - stretch.mean(), rate).seconds + first / rate)
    return np.concatenate(found)


def heart_beats(rows: Array, rate: float) -> Peaks:
    """R peaks of centred rows: where the energy of QRS complexes is highest, and there the highest sample.

    Beats that are missed where the signal becomes weak are searched for again. A lead is taken for inverted where it
    goes down much further than up. A complex that an edge cuts in two is left out: its R peak may be beyond.
    """
    filtered = bandpass(rows, rate, *QRS)
    width = max(1, round(COMPLEX * rate))
    energy = filtered * filtered
    for _ in range(2):  # twice, because the peak of a single moving average is flat
        energy = uniform_filter1d(energy, width, axis=1, mode="constant")
    radius = max(1, round(APEX * rate))
    complexes = search_back(energy, rate, find_peaks(energy, rate, share=0.2))
    complexes = away_from_edges(complexes, rows.shape[1], radius)
    shape = bandpass(rows, rate, *SHAPE)
    around = nearby(rows.shape[1], complexes, radius)
    heights = shape[complexes.row[:, None], around]
    up, down = (medians(complexes.row, height, len(rows)) for height in (heights.max(axis=1), -heights.min(axis=1)))
    sign = np.where(INVERTED * up < down, -1.0, 1.0)
    apex = (heights * sign[complexes.row][:, None]).argmax(axis=1)
    sample = around[np.arange(len(around)), apex]
    return placed(shape * sign[:, None], rate, replace(complexes, sample=sample))


def pulses(rows: Array, rate: float) -> Peaks:
    """Peaks of a pulse wave that is made equally high everywhere, as a moving wrist does not leave it."""
    wave = bandpass(rows, rate, *PULSE)
    power = uniform_filter1d(wave * wave, max(1, round(LEVELLING * rate)), axis=1, mode="nearest")
    level = np.sqrt(np.maximum(power, 0))
    level = np.maximum(level, FLAT * level.max(axis=1, keepdims=True))
    return find_peaks(np.divide(wave, level, out=np.zeros_like(wave), where=level > 0), rate, share=0.3)


def bandpass(rows: Array, rate: float, low: float, high: float) -> Array:
    """Rows between two frequencies, without delay."""
    sections = butter(2, (low, min(high, 0.45 * rate)), "bandpass", fs=rate, output="sos")
    edge = min(rows.shape[1] - 1, int(2 * rate / low))
    return np.asarray(sosfiltfilt(sections, rows, axis=1, padlen=edge))
