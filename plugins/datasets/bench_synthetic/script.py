"""Signals of any length and rate from a script, for stand-ins of real data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
from scipy.signal import lfilter

from bench_synthetic.brain import eeg
from bench_synthetic.heart import Rhythm, beat, ecg
from bench_synthetic.noise import Floats, Times, bursts, coloured, falling, stream
from bench_synthetic.parameters import PARAMETERS
from bench_synthetic.pulse import bvp
from bench_synthetic.skin import eda
from bench_synthetic.state import GRID, State

if TYPE_CHECKING:
    from bench.api.simulation import Script

AROUSAL_EFFECT = 2.0  # of one unit of arousal, in units of `Parameter.effect`
VALENCE_EFFECT = {"alpha": 0.1, "heart_rate": -0.02}  # log change for one unit of valence


def simulate(script: Script) -> dict[str, Floats]:
    """Signal -> (channels, time)."""
    index = crc32(script.subject.encode())
    state = simulate_state(script, index)
    seconds = script.seconds
    rhythm = beat(stream(script.seed, index, script.session, "heart"), state)
    signals = {}
    for name, (rate, channels) in script.signals.items():
        rng = stream(script.seed, index, script.session, name)
        signals[name] = simulate_signal(name, rng, state, rhythm, rate, round(seconds * rate), channels)
    return signals


def simulate_signal(
    name: str, rng: np.random.Generator, state: State, rhythm: Rhythm, rate: float, n: int, channels: int
) -> Floats:
    """One signal of several channels."""
    if name == "eeg":
        of_channels = {**state, **{key: state[key][:1].repeat(channels, 0) for key in BRAIN}}
        return eeg(rng, of_channels, rate, n)
    if name == "acc":
        tilt = np.array([0.6, -0.3, 0.7])[:channels, None]
        moving = 0.15 * bursts(rng, n, rate, per_minute=3, seconds=2.0)
        return np.asarray(tilt + (0.01 + moving) * rng.standard_normal((channels, n)), np.float32)
    gains = 1 - 0.25 * np.arange(channels)[:, None] / channels  # several electrodes measure one source
    return np.asarray(gains * source(name, rng, state, rhythm, rate, n)[None], np.float32)


def source(name: str, rng: np.random.Generator, state: State, rhythm: Rhythm, rate: float, n: int) -> Times:
    """The source that all channels of a signal measure."""
    if name == "ecg":
        return np.asarray(ecg(rng, state, rhythm, rate, n))
    if name == "eda":
        return np.asarray(eda(rng, state, rate, n)[0])
    if name == "bvp":
        return np.asarray(60 * bvp(rng, state, rhythm, rate, n))
    if name == "emg":
        return np.asarray((0.01 + 0.1 * bursts(rng, n, rate, 2, 1.5)) * rng.standard_normal(n))
    if name == "resp":
        return np.asarray(8 * rhythm.breathing(np.arange(n) / rate) + 0.3 * rng.standard_normal(n))
    return np.asarray(33.5 + 0.5 * coloured(rng, 1, n, rate, falling(1.0, 0.001))[0])  # temp


BRAIN = ("theta", "alpha", "beta", "background")


def simulate_state(script: Script, index: int) -> State:
    """The parameters over time: those of the subject, changed by each episode of the script."""
    n = max(2, round(script.seconds * GRID))
    own = stream(script.seed, index, "person").standard_normal(len(PARAMETERS))
    today = stream(script.seed, index, script.session, "session").standard_normal(len(PARAMETERS))
    arousal, valence = np.zeros(n), np.zeros(n)
    for episode in script.episodes:
        samples = slice(round(episode.start * GRID), round(episode.stop * GRID))
        arousal[samples], valence[samples] = episode.arousal, episode.valence
    state = {}
    for number, parameter in enumerate(PARAMETERS):
        keep = np.exp(-1 / (parameter.lag * GRID))
        pull = parameter.effect * AROUSAL_EFFECT * arousal + VALENCE_EFFECT.get(parameter.name, 0.0) * valence
        followed = lfilter([1 - keep], [1, -keep], pull)
        level = parameter.subject * own[number] + parameter.session * today[number]
        state[parameter.name] = parameter.base * np.exp(level + followed)[None]
    return state
