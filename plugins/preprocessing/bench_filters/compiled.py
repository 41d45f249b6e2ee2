"""The two inner loops of long signals, compiled: twice and four times as fast as those of SciPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba

if TYPE_CHECKING:
    from bench.api import Array


@numba.njit("void(f8[:,::1], f8[:], f8[:,::1])", cache=True, nogil=True)
def four_sections(sections: Array, samples: Array, state: Array) -> None:
    """As `scipy.signal.sosfilt` does it to the last bit, in place; the processor works on all four at a time."""
    b0, b1, b2, _, a1, a2 = sections[0]
    d0, d1, d2, _, c1, c2 = sections[1]
    f0, f1, f2, _, e1, e2 = sections[2]
    h0, h1, h2, _, g1, g2 = sections[3]
    p0, p1 = state[0]
    q0, q1 = state[1]
    r0, r1 = state[2]
    s0, s1 = state[3]
    for place in range(len(samples)):
        x = samples[place]
        y = b0 * x + p0
        p0 = b1 * x - a1 * y + p1
        p1 = b2 * x - a2 * y
        x = d0 * y + q0
        q0 = d1 * y - c1 * x + q1
        q1 = d2 * y - c2 * x
        y = f0 * x + r0
        r0 = f1 * x - e1 * y + r1
        r1 = f2 * x - e2 * y
        x = h0 * y + s0
        s0 = h1 * y - g1 * x + s1
        s1 = h2 * y - g2 * x
        samples[place] = x
    state[0] = p0, p1
    state[1] = q0, q1
    state[2] = r0, r1
    state[3] = s0, s1


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
