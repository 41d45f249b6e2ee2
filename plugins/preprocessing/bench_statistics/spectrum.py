"""Power of a signal in frequency bands."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft
from scipy.signal import windows

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


def bands_of(kind: str, rate: float, time: int) -> dict[str, tuple[float, float]]:
    """The bands of a kind of signal that end at the Nyquist frequency or below and hold a frequency of the window."""
    bands = BANDS.get(kind) or {
        f"{low:.3g}_{high:.3g}_nyquist": (low * rate / 2, high * rate / 2) for low, high in pairwise(OCTAVES)
    }
    frequencies = fft.rfftfreq(time, 1 / rate)
    return {
        name: (low, high)
        for name, (low, high) in bands.items()
        if high <= rate / 2 and ((frequencies >= low) & (frequencies < high)).any()
    }


def band_powers(centred: Array, rate: float, kind: str) -> dict[str, Array]:
    """log10 of the power in each band: the Hann periodogram summed from the lower edge to below the upper one.

    A sine of amplitude A has the power A²/2, in squared units of the signal.
    """
    time = centred.shape[1]
    bands = bands_of(kind, rate, time)
    if not bands:
        return {}
    frequencies = fft.rfftfreq(time, 1 / rate)
    taper = windows.hann(time, sym=False)
    spectrum = fft.rfft(centred * taper, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2) * (2 / (time * (taper * taper).sum()))
    features = {}
    for name, (low, high) in bands.items():
        first, stop = np.searchsorted(frequencies, [low, high])
        features[f"{name}_log_power"] = np.log10(np.maximum(power[:, first:stop].sum(axis=1), FLOOR))
    return features
