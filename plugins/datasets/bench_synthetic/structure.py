"""Waves whose shape, and nothing simpler, depends on the class: mode `structure`.

A slow rhythm and its overtone of half the size run through the EEG. When stressed, waves rise steeply and fall slowly;
when calm, they are the same in reversed time. Level, spread, distribution and spectrum therefore do not depend on the
class; only the phase of the overtone against the rhythm does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_synthetic.brain import scalp
from bench_synthetic.design import session_seconds
from bench_synthetic.noise import Floats, coloured, falling, stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench_synthetic.dataset import Synthetic
    from bench_synthetic.design import Trial

PACE = 2.0  # Hz
SIZE = 8.0  # uV
OVERTONE = 0.5  # as a share of the rhythm
#: Standard deviations in log units: of pace and size between subjects, and of pace within a session.
OWN_PACE, OWN_SIZE, WANDER = 0.1, 0.3, 0.1


def waves(options: Synthetic, index: int, session: int, plan: Sequence[Trial]) -> Floats:
    """(channels, n) in uV, to be added to the EEG of one session."""
    rate, n = options.eeg_rate, session_seconds(options) * options.eeg_rate
    own = stream(options.seed, index, "waves").standard_normal(2)
    rng = stream(options.seed, index, session, "waves")
    wander = coloured(rng, 1, n, rate, falling(1.0, 0.05))[0]
    pace = PACE * np.exp(OWN_PACE * own[0] + WANDER * wander)
    phase = 2 * np.pi * (rng.random() + np.cumsum(pace) / rate)
    direction = steepness([trial for trial in plan if trial.session == session], rng, rate, n)
    gains = 1 + 0.2 * scalp(options.eeg_channels)[:, 1:]  # a little more at the front
    size = options.effect * SIZE * np.exp(OWN_SIZE * own[1])
    return np.asarray(size * gains * shape(phase, direction), np.float32)


def shape(phase: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Steep where they rise for a direction of 1; for -1 the same in reversed time."""
    return np.asarray(np.sin(phase) + OVERTONE * direction * np.sin(2 * phase))


def steepness(plan: Sequence[Trial], rng: np.random.Generator, rate: float, n: int) -> np.ndarray:
    """The direction at each sample: that of the label in a trial, and drawn by chance for each rest."""
    rests = rng.choice([-1.0, 1.0], len(plan) + 1)
    direction = np.full(n, rests[0])
    for trial, rest in zip(plan, rests[1:], strict=True):
        direction[round(trial.start * rate) :] = 2.0 * trial.label - 1
        direction[round(trial.stop * rate) :] = rest
    return direction
