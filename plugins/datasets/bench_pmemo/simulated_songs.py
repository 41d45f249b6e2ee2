"""The songs of a stand-in: who hears them, and in which state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array
    from bench.readers import StandIn

RATE = 50  # samples per second
STEP = 0.5  # seconds between dynamic ratings
FIRST_RATING = 15.0  # seconds without dynamic ratings at the start of a clip
MARK = 5.0  # uS, the size of the response to a song in the variant song-effect; subjects differ by less
GRID = 8  # the nine points of the rating scale are multiples of 1/8


@dataclass(frozen=True)
class Hearing:
    """One listener hears one song, in a state from 0 to 1 on each axis."""

    listener: str
    arousal: float
    valence: float


@dataclass(frozen=True)
class Song:
    """A chorus and its listeners."""

    number: int
    seconds: float
    hearings: tuple[Hearing, ...]

    @property
    def frames(self) -> Array:
        """The times of dynamic ratings in seconds."""
        return np.arange(FIRST_RATING + STEP, self.seconds + 1e-9, STEP)

    def ratings(self, axis: str) -> Array:
        """The rating of each listener on the nine points."""
        return np.round(np.array([getattr(hearing, axis) for hearing in self.hearings]) * GRID) / GRID

    def mark(self, seed: int) -> Array:
        """The response of all listeners to the song in uS, with waves of random frequency and size."""
        rng = np.random.default_rng([seed, self.number, 5])
        times = np.arange(round(self.seconds * RATE)) / RATE
        waves, phases = rng.uniform(0.1, 0.5, 3), 2 * np.pi * rng.random(3)
        sizes = MARK * rng.lognormal(0, 1, 3)
        return np.asarray(sizes @ (1 + np.sin(2 * np.pi * waves[:, None] * times + phases[:, None])))

    def dynamic_ratings(self, axis: str, seed: int) -> Array:
        """(listeners, frames): dynamic ratings, which drift around the state of each listener."""
        rng = np.random.default_rng([seed, self.number, ord(axis[0])])
        state = np.array([getattr(hearing, axis) for hearing in self.hearings])
        drift = 0.05 * np.sin(2 * np.pi * (rng.random() + self.frames / 30))
        return np.clip(state[:, None] + drift + 0.02 * rng.standard_normal((len(state), len(self.frames))), 0, 1)


def simulate_songs(spec: StandIn) -> list[Song]:
    """Ten listeners per song and 15 to 20 songs per listener, or all; numbers of songs have gaps."""
    rng = np.random.default_rng([spec.seed, 794])
    names = listener_names(spec.subjects, rng)
    count = max(6, round(1.75 * len(names)))
    numbers = np.cumsum(np.append(1, rng.integers(1, 4, count - 1)))
    states = np.clip(rng.multivariate_normal([0.57, 0.57], [[0.06, 0.025], [0.025, 0.05]], count), 0.05, 0.95)
    spread = 1.0  # of listeners around the state of a song
    if "song-effect" in spec.variants:
        states, spread = np.where(rng.random((count, 2)) < 0.5, 0.2, 0.8), 0.2
    hearings: list[list[Hearing]] = [[] for _ in range(count)]
    for name in names:
        rarest_first = np.lexsort((rng.random(count), np.array([len(each) for each in hearings])))
        offset = 0.08 * rng.standard_normal(2)
        for song in sorted(rarest_first[: rng.integers(15, 21)].tolist()):
            state = np.clip(states[song] + spread * (offset + 0.1 * rng.standard_normal(2)), 0, 1)
            hearings[song].append(Hearing(name, float(state[0]), float(state[1])))
    seconds = rng.integers(30 * RATE, 60 * RATE, count) / RATE
    return [Song(int(numbers[i]), spec.seconds or float(seconds[i]), tuple(hearings[i])) for i in range(count)]


def listener_names(count: int, rng: np.random.Generator) -> list[str]:
    """Six digits each; the numbers of the second year start with 2."""
    first_year = count - count // 3
    years = [(100000, first_year), (200000, count - first_year)]
    return [str(start + number) for start, size in years for number in np.cumsum(rng.integers(1, 4, size)).tolist()]
