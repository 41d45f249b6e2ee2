"""One stretch of samples at another rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import signal as scipy_signal

if TYPE_CHECKING:
    from fractions import Fraction

    from bench.api import Array

#: Samples from which on the compiled loop is used: it saves 10 ms in a million of them, and loads once in 0.5 s.
LONG = 1 << 20


def resampled(samples: Array, taps: Array, ratio: Fraction, late: int, count: int, *, hold: bool) -> Array:
    """So many samples of a stretch at the new rate, the first of them that much after its beginning."""
    up, down = ratio.as_integer_ratio()
    if len(samples) >= LONG and down >= 2 * up:  # otherwise SciPy takes less than twice as long
        return quickly(samples, taps, ratio, late, count, hold=hold)
    delayed = np.append(taps, np.zeros(2 * late))
    mode: Literal["constant", "edge"] = "edge" if hold else "constant"
    return np.asarray(scipy_signal.resample_poly(samples, up, down, window=delayed, padtype=mode)[:count])


def quickly(samples: Array, taps: Array, ratio: Fraction, late: int, count: int, *, hold: bool) -> Array:
    """The same, with the taps in order of the samples that they meet, one row for each phase of the ratio."""
    from bench_filters.compiled import polyphase

    up, down = ratio.as_integer_ratio()
    middle = len(taps) // 2
    reach = middle // up + 1
    place = middle + np.arange(up)[:, None] + up * np.arange(reach, -reach - 1, -1)
    there = (place >= 0) & (place < len(taps))
    phases = np.where(there, up * taps[np.where(there, place, 0)], 0)
    result = np.empty(count)
    polyphase(np.ascontiguousarray(samples), phases, up, down, late, hold, result)
    return result


def lowpass(up: int, down: int) -> Array:
    """The filter that `resample_poly` has by itself."""
    longer = max(up, down)
    return np.asarray(scipy_signal.firwin(20 * longer + 1, 1 / longer, window=("kaiser", 5.0)))
