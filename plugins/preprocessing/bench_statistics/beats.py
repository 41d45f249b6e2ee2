"""Heart beats in an electrocardiogram and in a pulse wave.

Only these features may be NaN: where a window holds too few beats there is no rate to report.
A model fills the gap with what it has learnt from its training part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, sosfiltfilt

from bench_statistics.peaks import find_peaks, ratio
from bench_statistics.resolution import coarser

if TYPE_CHECKING:
    from bench.api import Array
    from bench_statistics.peaks import Peaks

#: Hertz: where the QRS complex is strong and the T wave is weak; the first harmonics of a pulse.
QRS, PULSE = (8.0, 20.0), (0.5, 4.0)
#: Samples per second that place a beat well once a parabola refines it.
ENOUGH_ECG, ENOUGH_PULSE = 120.0, 32.0
#: Seconds of a QRS complex.
COMPLEX = 0.08


def electrocardiogram(centred: Array, rate: float) -> dict[str, Array]:
    """Heart rate and its variability from the R peaks of rows (n, time)."""
    names = ("heart_rate_bpm", "sdnn_ms", "rmssd_ms")
    rows, rate = coarser(centred, rate, ENOUGH_ECG)
    if rate <= 3 * QRS[0]:
        return {name: np.full(len(rows), np.nan) for name in names}
    intervals = r_peaks(rows, rate).intervals()
    return dict(zip(names, (intervals.per_minute(), intervals.sdnn(), intervals.rmssd()), strict=True))


def pulse_wave(centred: Array, rate: float) -> dict[str, Array]:
    """Pulse rate, its variability, and the mean rise of the filtered wave from foot to peak."""
    names = ("pulse_rate_bpm", "sdnn_ms", "rmssd_ms", "pulse_amplitude")
    rows, rate = coarser(centred, rate, ENOUGH_PULSE)
    if rate <= 2 * PULSE[1]:
        return {name: np.full(len(rows), np.nan) for name in names}
    wave = bandpass(rows, rate, *PULSE)
    peaks = find_peaks(wave, rate, share=0.4)
    intervals = peaks.intervals()
    values = (intervals.per_minute(), intervals.sdnn(), intervals.rmssd(), amplitude(wave, peaks))
    return dict(zip(names, values, strict=True))


def r_peaks(rows: Array, rate: float) -> Peaks:
    """R peaks, as the peaks of the energy around them: so an inverted lead gives the same beats."""
    filtered = bandpass(rows, rate, *QRS)
    width = max(1, round(COMPLEX * rate))
    energy = filtered * filtered
    for _ in range(2):  # twice, because the peak of a single moving average is flat
        energy = uniform_filter1d(energy, width, axis=1, mode="constant")
    return find_peaks(energy, rate, share=0.2)


def amplitude(wave: Array, peaks: Peaks) -> Array:
    """The mean over pulses of the peak less the lowest sample since the pulse before; NaN below two pulses."""
    if not len(peaks.row):
        return np.full(peaks.count, np.nan)
    flat = peaks.row * wave.shape[1] + peaks.sample
    feet = np.minimum.reduceat(wave.ravel(), flat)[:-1]
    same = peaks.row[1:] == peaks.row[:-1]
    row = peaks.row[1:][same]
    rise = (wave.ravel()[flat[1:]] - feet)[same]
    return ratio(np.bincount(row, rise, peaks.count), np.bincount(row, minlength=peaks.count), at_least=1)


def bandpass(rows: Array, rate: float, low: float, high: float) -> Array:
    """Rows between two frequencies, without delay."""
    sections = butter(2, (low, min(high, 0.45 * rate)), "bandpass", fs=rate, output="sos")
    edge = min(rows.shape[1] - 1, int(2 * rate / low))
    return np.asarray(sosfiltfilt(sections, rows, axis=1, padlen=edge))
