"""The hidden state: the effect of each trial on each modality, and parameters over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import lfilter

from bench_synthetic.design import Trial, session_seconds
from bench_synthetic.noise import Floats, Times, stream
from bench_synthetic.parameters import MODALITIES, PARAMETERS

if TYPE_CHECKING:
    from bench_synthetic.dataset import Synthetic

GRID = 4  # samples per second of a course
TRIAL_NOISE = 1.1
State = Mapping[str, Times]  # parameter -> (channels, time) at GRID


def evidence(options: Synthetic, index: int, plan: Sequence[Trial]) -> dict[str, Times]:
    """One number per modality and trial: how much stress the modality shows, correctly or not."""
    if options.mode != "effect":
        # Without noise between trials, which would identify them: that is the trap of another mode.
        return {modality: np.zeros(len(plan)) for modality in MODALITIES}
    rng = stream(options.seed, index, "evidence")
    sign = np.array([2.0 * trial.label - 1.0 for trial in plan])
    sensitivity = rng.lognormal(0.0, 0.25, len(MODALITIES))
    noise = TRIAL_NOISE * rng.standard_normal((len(plan), len(MODALITIES))).T
    return {modality: options.effect * sensitivity[i] * sign + noise[i] for i, modality in enumerate(MODALITIES)}


def states(options: Synthetic, index: int, plan: Sequence[Trial]) -> list[State]:
    """All parameters over time, for each session."""
    shape = (len(PARAMETERS), options.eeg_channels)
    spread = {
        name: np.array([getattr(parameter, name) for parameter in PARAMETERS])[:, None]
        for name in ("base", "subject", "session", "drift", "effect", "signature")
    }
    personal = spread["subject"] * _normal(stream(options.seed, index, "person"), shape)
    if options.mode == "subject-shortcut":
        personal = personal + spread["signature"] * stream(options.seed, index, "signature").standard_normal(shape)
    keeps = [np.exp(-1 / (parameter.lag * GRID)) for parameter in PARAMETERS]
    seen = evidence(options, index, plan)
    n = session_seconds(options) * GRID
    phase = np.pi * np.arange(n) / n
    result: list[State] = []
    for session in range(options.sessions):
        rng = stream(options.seed, index, session, "session")
        level = personal + spread["session"] * _normal(rng, shape)
        slow = _normal(rng, shape)[..., None] * np.cos(phase) + _normal(rng, shape)[..., None] * np.cos(2 * phase)
        steps = np.zeros((*shape, n))
        for number, trial in enumerate(plan):
            if trial.session == session:
                pull = np.array([seen[parameter.modality][number] for parameter in PARAMETERS])[:, None]
                change = spread["effect"] * pull + spread["signature"] * _signature(
                    options, index, number, trial, shape
                )
                steps[:, :, round(trial.start * GRID) : round(trial.stop * GRID)] = change[..., None]
        followed = np.array([lfilter([1 - keep], [1, -keep], row) for keep, row in zip(keeps, steps, strict=True)])
        courses = spread["base"][..., None] * np.exp(level[..., None] + spread["drift"][..., None] * slow + followed)
        result.append({p.name: courses[i] if p.modality == "eeg" else courses[i, :1] for i, p in enumerate(PARAMETERS)})
    return result


def course(state: State, name: str, rate: float, n: int) -> Floats:
    """One parameter (channels, n) at the rate of a signal."""
    rows = state[name]
    at, grid = np.arange(n) / rate, np.arange(rows.shape[1]) / GRID
    return np.array([np.interp(at, grid, row) for row in rows], np.float32)


def _normal(rng: np.random.Generator, shape: tuple[int, int]) -> Times:
    """Standard normal, with a correlation of one half between the channels of a subject."""
    shared, own = rng.standard_normal((shape[0], 1)), rng.standard_normal(shape)
    return np.asarray((shared + own) / np.sqrt(2))


def _signature(options: Synthetic, index: int, number: int, trial: Trial, shape: tuple[int, int]) -> Times:
    if options.mode == "trial-identity":
        return stream(options.seed, index, number, "trial").standard_normal(shape)
    if options.mode == "stimulus-identity":
        return stream(options.seed, trial.stimulus, "stimulus").standard_normal(shape)
    return np.zeros(shape)
