"""The electroencephalogram: rhythms over a 1/f background, blurred over the scalp, and blinks."""

from __future__ import annotations

import numpy as np

from bench_synthetic.noise import Floats, bursts, coloured, falling, peak
from bench_synthetic.state import State, course

# Electrode -> right and front, in head radii.
SCALP = {
    "F3": (-0.4, 0.5), "F4": (0.4, 0.5), "P3": (-0.4, -0.5), "P4": (0.4, -0.5),
    "C3": (-0.5, 0.0), "C4": (0.5, 0.0), "O1": (-0.3, -0.9), "O2": (0.3, -0.9),
    "Fp1": (-0.3, 0.9), "Fp2": (0.3, 0.9), "F7": (-0.8, 0.55), "F8": (0.8, 0.55),
    "T7": (-1.0, 0.0), "T8": (1.0, 0.0), "P7": (-0.8, -0.55), "P8": (0.8, -0.55),
    "Fz": (0.0, 0.5), "Cz": (0.0, 0.0), "Pz": (0.0, -0.5),
}  # fmt: skip
CHANNELS = tuple(SCALP)
RHYTHMS = {"theta": (6.0, 0.8, 0.3), "alpha": (10.0, 0.9, -0.4), "beta": (20.0, 3.5, 0.0)}  # Hz, Hz, front - back


def scalp(channels: int) -> Floats:
    """Right and front of some electrodes: the named ones, or that many spread over a disc."""
    if channels <= len(SCALP):
        return np.array(list(SCALP.values())[:channels], np.float32)
    place = np.arange(channels) + 0.5
    radius, angle = np.sqrt(place / channels), np.pi * (3 - np.sqrt(5)) * place
    return np.asarray(radius * [np.cos(angle), np.sin(angle)], np.float32).T


def eeg(rng: np.random.Generator, state: State, rate: float, n: int) -> Floats:
    """(channels, n) in uV."""
    places = scalp(len(state["alpha"]))
    distance = np.linalg.norm(places[:, None] - places[None], axis=-1)
    blur = np.linalg.cholesky(np.exp(-distance / 0.8)).astype(np.float32)
    front = places[:, 1:].astype(np.float32)
    channels = len(places)
    values = course(state, "background", rate, n) * (blur @ coloured(rng, channels, n, rate, falling(0.75, 0.5)))
    for name, (centre, width, tilt) in RHYTHMS.items():
        own = peak(centre * rng.normal(1.0, 0.03), width)
        amplitude = course(state, name, rate, n) * (1 + np.float32(tilt) * front)
        values += amplitude * (blur @ coloured(rng, channels, n, rate, own))
    blinks = 120 * bursts(rng, n, rate, per_minute=10, seconds=0.4)
    reach = np.exp(-3 * (1 - front)).astype(np.float32)
    return np.asarray(values + reach * blinks + rng.standard_normal((channels, n), np.float32), np.float32)
