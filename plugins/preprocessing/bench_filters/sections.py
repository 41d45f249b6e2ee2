"""Second-order sections run over samples, in place: once, or there and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import signal as scipy_signal

if TYPE_CHECKING:
    from bench.api import Array

#: Samples filtered at a time: they stay in the processor's cache, and no copy is as long as the signal.
BLOCK = 1 << 16
#: Samples from which on the compiled loop is worth the second that loading a compiler takes.
LONG = 1 << 20


def forward(sections: Array, samples: Array) -> None:
    """Once, as if the first sample had been there for ever."""
    onward(sections, samples, scipy_signal.sosfilt_zi(sections) * samples[0])


def there_and_back(sections: Array, samples: Array) -> None:
    """As `scipy.signal.sosfiltfilt` with its own odd extension; the whole of a stretch that is shorter than that."""
    steady = scipy_signal.sosfilt_zi(sections)
    order = 2 * len(sections) + 1 - min((sections[:, 2] == 0).sum(), (sections[:, 5] == 0).sum())
    pad = min(3 * int(order), len(samples) - 1)
    before = 2 * samples[0] - samples[pad:0:-1]
    after = 2 * samples[-1] - samples[-2 : -pad - 2 : -1]
    state = onward(sections, before, steady * (before[0] if pad else samples[0]))
    state = onward(sections, samples, state)
    onward(sections, after, state)
    last = after[-1] if pad else samples[-1]
    state = onward(sections, after[::-1], steady * last)
    onward(sections, samples[::-1], state)


def onward(sections: Array, samples: Array, state: Array) -> Array:
    """Filter in place from a state; the state at the end."""
    if len(samples) >= LONG:
        return quickly(sections, samples, state)
    for start in range(0, len(samples), BLOCK):
        block = samples[start : start + BLOCK]
        block[:], state = scipy_signal.sosfilt(sections, block, zi=state)
    return state


def quickly(sections: Array, samples: Array, state: Array) -> Array:
    """The same, four sections at a time; those that are missing pass everything on."""
    from bench_filters.compiled import four_sections

    spare = -len(sections) % 4
    padded = np.vstack([sections, np.tile([1.0, 0, 0, 1, 0, 0], (spare, 1))])
    states = np.vstack([state, np.zeros((spare, 2))])
    for start in range(0, len(samples), BLOCK):
        for four in range(0, len(padded), 4):
            four_sections(padded[four : four + 4], samples[start : start + BLOCK], states[four : four + 4])
    return states[: len(sections)]
