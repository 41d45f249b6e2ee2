"""Power of a signal in frequency bands."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft
from scipy.signal import windows

from bench_statistics.feature import PLAIN, Feature, none

if TYPE_CHECKING:
    from bench.api import Array

#: Hertz, from and below: what a signal that changes over seconds is cut into, and which bands a kind of signal has.
SLOW = {"0.05_0.25hz": (0.05, 0.25), "0.25_0.5hz": (0.25, 0.5), "0.5_1hz": (0.5, 1.0)}
BREATH = {"0.1_0.2hz": (0.1, 0.2), "0.2_0.35hz": (0.2, 0.35), "0.35_0.5hz": (0.35, 0.5), "0.5_1hz": (0.5, 1.0)}
RHYTHMS = {"delta": (1.0, 4.0), "theta": (4.0, 8.0), "alpha": (8.0, 13.0), "beta": (13.0, 30.0), "gamma": (30.0, 45.0)}
BANDS = {"eeg": RHYTHMS, "eda": SLOW, "temperature": SLOW, "respiration": BREATH}
#: Octaves of the Nyquist frequency, for all other signals.
OCTAVES = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
#: The power of a silent band, far below what a sensor gives in volts (a microvolt has 1e-12).
FLOOR = 1e-20


def band_powers(centred: Array, rate: float, kind: str) -> dict[str, Feature]:
    """log10 of the power in each band: the Hann periodogram summed from the lower edge to below the upper one.

    A sine of amplitude A has the power A²/2, in squared units of the signal.
    """
    bands = BANDS.get(kind) or {
        f"{low:.3g}_{high:.3g}_nyquist": (low * rate / 2, high * rate / 2) for low, high in pairwise(OCTAVES)
    }
    time = centred.shape[1]
    frequencies = fft.rfftfreq(time, 1 / rate)
    taper = windows.hann(time, sym=False)
    spectrum = fft.rfft(centred * taper, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2) * (2 / (time * max((taper * taper).sum(), FLOOR)))
    features = {}
    for name, (low, high) in bands.items():
        first, stop = np.searchsorted(frequencies, [low, high])
        unit, label = "log10 {u}²", f"{name}_log_power"
        if high > rate / 2:
            features[label] = none(unit, f"needs {2 * high:g} samples per second")
        elif first == stop:
            features[label] = none(unit, "needs a longer window, with a frequency in this band")
        else:
            features[label] = Feature(unit, np.log10(np.maximum(power[:, first:stop].sum(axis=1), FLOOR)))
    return features


def relative_powers(powers: dict[str, Feature]) -> dict[str, Feature]:
    """The share that each band has of the power of all bands there are."""
    linear = {name: 10**power.values for name, power in powers.items() if power.values is not None}
    features = {}
    for name, power in powers.items():
        label = name.replace("_log_power", "_relative_power")
        if name not in linear:
            features[label] = none(PLAIN, power.missing)
            continue
        total = sum(linear.values(), np.zeros(len(linear[name])))
        share = np.full(len(total), np.nan)
        heard = total > len(linear) * FLOOR * 1.001
        np.divide(linear[name], total, out=share, where=heard)
        features[label] = Feature(PLAIN, share, "no power in any band")
    return features
