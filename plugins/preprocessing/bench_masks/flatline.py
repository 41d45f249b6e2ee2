"""Mask constant intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from bench.api import Preprocessor, Range

if TYPE_CHECKING:
    from bench.api import Array, Recording, Scope, Signal


@dataclass(frozen=True)
class FlatLine(Preprocessor):
    """Masks loose electrodes and saturated sensors, per channel."""

    seconds: Annotated[float, Range(0.01, 3600), "longest constant interval that is kept"] = 1.0
    tolerance: Annotated[float, Range(0, 1e12), "largest difference within a constant interval"] = 0.0

    @property
    def scope(self) -> Scope:
        return "window" if self.seconds < 10 else "recording"

    def apply(self, recording: Recording) -> Recording:
        signals = {modality: self.masked(signal) for modality, signal in recording.signals.items()}
        return replace(recording, signals=signals)

    def masked(self, signal: Signal) -> Signal:
        values = np.array(signal.values, dtype=np.float64)
        width = max(2, round(self.seconds * signal.rate) + 1)  # so many samples span so many seconds
        if width <= values.shape[1]:
            values[flat(values, width, self.tolerance)] = np.nan
        return replace(signal, values=values)


def flat(values: Array, width: int, tolerance: float) -> Array:
    """Samples in an interval of this width whose values differ by no more than the tolerance; gaps end intervals."""
    known = np.isfinite(values)
    high = maximum_filter1d(np.where(known, values, np.inf), width, axis=1)
    low = minimum_filter1d(np.where(known, values, -np.inf), width, axis=1)
    begins = slice(width // 2, width // 2 + values.shape[1] - width + 1)  # centres of intervals that fit
    still = high[:, begins] - low[:, begins] <= tolerance
    before = np.pad(np.cumsum(still, axis=1), ((0, 0), (1, 0)))
    place = np.arange(values.shape[1])
    last, first = np.minimum(place + 1, still.shape[1]), np.maximum(place - width + 1, 0)
    inside: Array = before[:, last] > before[:, first]
    return inside
