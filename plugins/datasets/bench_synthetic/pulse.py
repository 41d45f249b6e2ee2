"""The blood volume pulse at a finger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_synthetic.noise import Floats, bursts, coloured, falling, peak
from bench_synthetic.state import State, course

if TYPE_CHECKING:
    from bench_synthetic.heart import Rhythm


def bvp(rng: np.random.Generator, state: State, rhythm: Rhythm, rate: float, n: int) -> Floats:
    """One channel in arbitrary units: each beat arrives with a delay, as a systolic wave and a smaller second one."""
    times = np.arange(n) / rate
    breathing = rhythm.breathing(times)
    size, notch, transit = (course(state, name, rate, n)[0] for name in ("pulse_size", "notch", "transit"))
    at = rhythm.phase(times - transit)
    wave = _bump(at, 0.12, 0.085) + notch * _bump(at, 0.42, 0.11) - np.float32(0.3)
    tone = 1 + 0.08 * breathing + 0.08 * coloured(rng, 1, n, rate, peak(0.1, 0.02))[0]
    motion = bursts(rng, n, rate, per_minute=0.4, seconds=2.0) * coloured(rng, 1, n, rate, peak(1.0, 0.7))[0]
    drift = 0.06 * breathing + 0.10 * coloured(rng, 1, n, rate, falling(1.0, 0.03))[0]
    return np.asarray(size * tone * wave + drift + 0.5 * motion + 0.02 * rng.standard_normal(n, np.float32), np.float32)


def _bump(at: Floats, centre: float, width: float) -> Floats:
    away = at - np.float32(centre)
    away -= np.round(away)
    return np.asarray(np.exp(-0.5 * (away / np.float32(width)) ** 2))
