"""The mains hum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from scipy import signal as scipy_signal

from bench.api import Range
from bench_filters.filtering import Causal, Filter
from bench_filters.gaps import BRIDGE, Bridge

if TYPE_CHECKING:
    from bench.api import Array


@dataclass(frozen=True)
class Notch(Filter):
    """`scipy.signal.iirnotch` at a frequency and its multiples, as far as the rate can hold them."""

    frequency: Annotated[float, Range(1, 1000), "Hz"] = 50.0
    harmonics: Annotated[int, Range(1, 20), "how many multiples of it, itself among them, below half the rate"] = 3
    quality: Annotated[float, Range(1, 200, log=True), "a frequency divided by the width of its notch at -3 dB"] = 30.0
    causal: Causal = False
    bridge: Bridge = BRIDGE

    @property
    def highest(self) -> float:
        return self.frequency

    @property
    def slowest(self) -> float:
        return self.quality / (math.pi * self.frequency)

    def sections(self, rate: float) -> Array:
        multiples = (number * self.frequency for number in range(1, self.harmonics + 1))
        notches = [scipy_signal.iirnotch(hum, self.quality, fs=rate) for hum in multiples if 2 * hum < rate]
        return np.vstack([scipy_signal.tf2sos(*notch) for notch in notches])
