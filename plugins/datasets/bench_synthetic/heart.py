"""The heart: times of beats, and the electrocardiogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench_synthetic.noise import Floats, Times, bursts, coloured, falling, peak
from bench_synthetic.state import GRID, State, course

# McSharry et al. 2003, table I: angle in degrees and width in radians of each wave; the model integrates
# a derivative of Gaussians over phase, of which this is the closed form.
ANGLES = np.radians([-70.0, -15.0, 0.0, 15.0, 100.0]).astype(np.float32)
WIDTHS = np.array([0.25, 0.1, 0.1, 0.1, 0.4], np.float32)
Q_WAVE, S_WAVE = -0.10, -0.22  # as a share of the R wave
MAINS = 50.0  # Hz


@dataclass(frozen=True, eq=False)
class Rhythm:
    """Beats and breathing, which ECG and BVP share."""

    beats: Times  # seconds, from shortly before to shortly after the session
    breath: Times  # -1 to 1 at GRID

    def breathing(self, times: Times) -> Floats:
        return np.interp(times, np.arange(len(self.breath)) / GRID, self.breath).astype(np.float32)

    def phase(self, times: Times) -> Floats:
        """Phase of the heart cycle, from -0.5 to 0.5, with the beat at 0."""
        cycles = np.interp(times, self.beats, np.arange(len(self.beats)))
        return (cycles - np.round(cycles)).astype(np.float32)

    def speed(self, times: Times) -> Floats:
        """The square root of the beats per second."""
        intervals = np.diff(self.beats, append=2 * self.beats[-1] - self.beats[-2])
        return np.interp(times, self.beats, intervals**-0.5).astype(np.float32)


def beat(rng: np.random.Generator, state: State) -> Rhythm:
    """A series of beats with respiratory sinus arrhythmia, Mayer waves and 1/f fluctuation.

    Pulse-frequency modulation: a beat occurs where the integral of the heart rate passes a whole number.
    """
    n = state["heart_rate"].shape[1]
    wander = coloured(rng, 2, n, GRID, falling(0.5, 0.01))
    pace = state["breath_rate"][0] * np.exp(0.1 * wander[0])
    breath = np.sin(2 * np.pi * (rng.random() + np.cumsum(pace) / GRID))
    mayer = coloured(rng, 1, n, GRID, peak(0.1, 0.015))[0]
    swing = state["sinus_arrhythmia"][0] * breath + state["mayer_wave"][0] * mayer + 0.01 * wander[1]
    rate = np.pad(state["heart_rate"][0] / 60 * np.exp(swing), 4 * GRID, mode="edge")
    passed = rng.random() + np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2 / GRID)])
    times = np.arange(len(rate)) / GRID - 4.0
    return Rhythm(np.interp(np.arange(np.ceil(passed[0]), passed[-1]), passed, times), breath)


def ecg(rng: np.random.Generator, state: State, rhythm: Rhythm, rate: float, n: int) -> Floats:
    """One channel in mV."""
    times = np.arange(n) / rate
    breathing = rhythm.breathing(times)
    r, t, p = (course(state, name, rate, n)[0] for name in ("r_wave", "t_wave", "p_wave"))
    # A faster heart shortens its waves less than its pauses (the factor of the authors' ECGSYN).
    factor = rhythm.speed(times)
    spread = {0: np.sqrt(factor), 1: factor, 2: np.float32(1), 3: factor, 4: np.sqrt(factor)}
    angle = 2 * np.float32(np.pi) * rhythm.phase(times)
    clean = np.zeros(n, np.float32)
    heights: list[npt.ArrayLike] = [p, Q_WAVE * r, r, S_WAVE * r, t]
    for i, height in enumerate(heights):
        away = (angle - ANGLES[i] * spread[i]) / (WIDTHS[i] * factor)
        clean += height * np.exp(-0.5 * away * away)
    return np.asarray(clean * (1 + 0.06 * breathing) + _noise(rng, breathing, rate, n), np.float32)


def _noise(rng: np.random.Generator, breathing: Floats, rate: float, n: int) -> Floats:
    drift = 0.05 * breathing + 0.05 * coloured(rng, 1, n, rate, falling(1.0, 0.03))[0]
    muscle = 0.015 + 0.06 * bursts(rng, n, rate, per_minute=0.7, seconds=1.5)
    noise = drift + muscle * rng.standard_normal(n, np.float32)
    if rate > 2 * MAINS:  # a slower recorder removes the mains before sampling
        noise += 0.01 * np.sin(2 * np.pi * MAINS / rate * np.arange(n) + 2 * np.pi * rng.random())
    return np.asarray(noise)
