"""One stretch of samples at another rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import signal as scipy_signal

if TYPE_CHECKING:
    from fractions import Fraction

    from bench.api import Array


def resampled(samples: Array, taps: Array, ratio: Fraction, late: int, count: int, *, hold: bool) -> Array:
    """So many samples of a stretch at the new rate, the first of them that much after its beginning."""
    up, down = ratio.as_integer_ratio()
    delayed = np.append(taps, np.zeros(2 * late))
    mode: Literal["constant", "edge"] = "edge" if hold else "constant"
    return np.asarray(scipy_signal.resample_poly(samples, up, down, window=delayed, padtype=mode)[:count])


def lowpass(up: int, down: int) -> Array:
    """The filter that `resample_poly` has by itself."""
    longer = max(up, down)
    return np.asarray(scipy_signal.firwin(20 * longer + 1, 1 / longer, window=("kaiser", 5.0)))
