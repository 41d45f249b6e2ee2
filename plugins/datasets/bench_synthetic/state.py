"""The hidden state: what each trial does to each modality, and every parameter's course over a session."""

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


def evidence(options: Synthetic, person: int, plan: Sequence[Trial]) -> dict[str, Times]:
    """One number per modality and trial: how stressed this modality looks, right or wrong."""
    if options.mode != "effect":
        # Nor any noise between trials: that would tell them apart, which is the trap of another mode.
        return {modality: np.zeros(len(plan)) for modality in MODALITIES}
    rng = stream(options.seed, person, "evidence")
    sign = np.array([2.0 * trial.label - 1.0 for trial in plan])
    sensitivity = rng.lognormal(0.0, 0.25, len(MODALITIES))
    noise = TRIAL_NOISE * rng.standard_normal((len(plan), len(MODALITIES))).T
    return {modality: options.effect * sensitivity[i] * sign + noise[i] for i, modality in enumerate(MODALITIES)}


def states(options: Synthetic, person: int, plan: Sequence[Trial]) -> list[State]:
    """The courses of all parameters in each session."""
    shape = (len(PARAMETERS), options.eeg_channels)
    spread = {
        name: np.array([getattr(parameter, name) for parameter in PARAMETERS])[:, None]
        for name in ("base", "person", "session", "drift", "effect", "signature")
    }
    personal = spread["person"] * _normal(stream(options.seed, person, "person"), shape)
    if options.mode == "subject-shortcut":
        personal = personal + spread["signature"] * stream(options.seed, person, "signature").standard_normal(shape)
    keeps = [np.exp(-1 / (parameter.lag * GRID)) for parameter in PARAMETERS]
    seen = evidence(options, person, plan)
    n = session_seconds(options) * GRID
    phase = np.pi * np.arange(n) / n
    result: list[State] = []
    for session in range(options.sessions):
        rng = stream(options.seed, person, session, "session")
        level = personal + spread["session"] * _normal(rng, shape)
        slow = _normal(rng, shape)[..., None] * np.cos(phase) + _normal(rng, shape)[..., None] * np.cos(2 * phase)
        steps = np.zeros((*shape, n))
        for number, trial in enumerate(plan):
            if trial.session == session:
                pull = np.array([seen[parameter.modality][number] for parameter in PARAMETERS])[:, None]
                change = spread["effect"] * pull + spread["signature"] * _signature(
                    options, person, number, trial, shape
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
    """Standard normal, correlated by one half between the channels of a person."""
    shared, own = rng.standard_normal((shape[0], 1)), rng.standard_normal(shape)
    return np.asarray((shared + own) / np.sqrt(2))


def _signature(options: Synthetic, person: int, number: int, trial: Trial, shape: tuple[int, int]) -> Times:
    if options.mode == "trial-identity":
        return stream(options.seed, person, number, "trial").standard_normal(shape)
    if options.mode == "stimulus-identity":
        return stream(options.seed, trial.stimulus, "stimulus").standard_normal(shape)
    return np.zeros(shape)
