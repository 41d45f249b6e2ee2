"""Electrodermal activity: sparse responses on a slowly moving level."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from bench_synthetic.noise import Floats, Times, coloured, falling
from bench_synthetic.state import State, course

RISE, DECAY = 0.7, 2.0  # seconds, the time constants of the Bateman function
REFRACTORY = 1.0  # seconds between responses


def bateman(driver: Times, rate: float) -> Times:
    """The responses to a driver: each impulse becomes exp(-t / DECAY) - exp(-t / RISE), scaled to a peak of 1.

    The recursion has exactly the sampled function as its impulse response.
    """
    fast, slow = np.exp(-1 / (RISE * rate)), np.exp(-1 / (DECAY * rate))
    top = np.log(DECAY / RISE) * RISE * DECAY / (DECAY - RISE)
    height = np.exp(-top / DECAY) - np.exp(-top / RISE)
    return np.asarray(lfilter([0.0, (slow - fast) / height], [1.0, -(slow + fast), slow * fast], driver))


def eda(rng: np.random.Generator, state: State, rate: float, n: int) -> tuple[Floats, Times]:
    """One channel in uS, and the onsets of its responses in seconds."""
    often, size, level = (course(state, name, rate, n)[0] for name in ("response_rate", "response_size", "skin_level"))
    candidates = np.flatnonzero(rng.random(n) < often / 60 / rate)
    heights = rng.lognormal(0.0, 0.4, n)
    onsets: list[int] = []
    for sample in candidates.tolist():
        if not onsets or sample - onsets[-1] >= REFRACTORY * rate:
            onsets.append(sample)
    driver = np.zeros(n)
    driver[onsets] = heights[onsets] * size[onsets]
    tonic = level * (1 + 0.02 * coloured(rng, 1, n, rate, falling(1.0, 0.005))[0])
    values = np.maximum(tonic + bateman(driver, rate) + 0.003 * rng.standard_normal(n), 0.01)
    return values.astype(np.float32), np.array(onsets) / rate
