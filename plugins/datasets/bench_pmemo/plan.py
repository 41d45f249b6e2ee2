"""Who hears which song in a stand-in, and what they feel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array
    from bench.readers import StandIn

RATE = 50  # samples per second
STEP = 0.5  # seconds between dynamic ratings
QUIET = 15.0  # seconds without dynamic ratings at the start of a clip
MARK = 5.0  # uS, of what the trap 'song-effect' leaves in skin conductance; people differ by less
GRID = 8  # the nine points of the rating scale are multiples of 1/8


@dataclass(frozen=True)
class Hearing:
    """One listener hears one song and feels so, on a scale from 0 to 1."""

    listener: str
    arousal: float
    valence: float


@dataclass(frozen=True)
class Song:
    """A chorus and those who hear it."""

    number: int
    seconds: float
    rated: bool
    hearings: tuple[Hearing, ...]

    @property
    def frames(self) -> Array:
        """When dynamic ratings are given, in seconds."""
        return np.arange(QUIET + STEP, self.seconds + 1e-9, STEP)

    def ratings(self, axis: str) -> Array:
        """What each listener answers on the nine points."""
        return np.round(np.array([getattr(hearing, axis) for hearing in self.hearings]) * GRID) / GRID

    def mark(self, seed: int) -> Array:
        """What the song does to everybody's skin conductance, in uS: responses at times of its own, of its own size."""
        rng = np.random.default_rng([seed, self.number, 5])
        times = np.arange(round(self.seconds * RATE)) / RATE
        waves, phases = rng.uniform(0.1, 0.5, 3), 2 * np.pi * rng.random(3)
        sizes = MARK * rng.lognormal(0, 1, 3)
        return np.asarray(sizes @ (1 + np.sin(2 * np.pi * waves[:, None] * times + phases[:, None])))

    def course(self, axis: str, seed: int) -> Array:
        """(listeners, frames): each listener's dynamic ratings drift around what is felt."""
        rng = np.random.default_rng([seed, self.number, ord(axis[0])])
        felt = np.array([getattr(hearing, axis) for hearing in self.hearings])
        drift = 0.05 * np.sin(2 * np.pi * (rng.random() + self.frames / 30))
        return np.clip(felt[:, None] + drift + 0.02 * rng.standard_normal((len(felt), len(self.frames))), 0, 1)


def songs(wanted: StandIn) -> list[Song]:
    """Ten listeners a song and 15 to 20 songs a listener, or all there are; numbers of songs have gaps."""
    rng = np.random.default_rng([wanted.seed, 794])
    names = listeners(wanted.subjects, rng)
    count = max(6, round(1.75 * len(names)))
    numbers = np.cumsum(np.append(1, rng.integers(1, 4, count - 1)))
    feeling = np.clip(rng.multivariate_normal([0.57, 0.57], [[0.06, 0.025], [0.025, 0.05]], count), 0.05, 0.95)
    personal = 1.0
    if "song-effect" in wanted.defects:
        feeling, personal = np.where(rng.random((count, 2)) < 0.5, 0.2, 0.8), 0.2
    heard: list[list[Hearing]] = [[] for _ in range(count)]
    for name in names:
        seldom = np.lexsort((rng.random(count), np.array([len(hearings) for hearings in heard])))
        leaning = 0.08 * rng.standard_normal(2)
        for song in sorted(seldom[: rng.integers(15, 21)].tolist()):
            felt = np.clip(feeling[song] + personal * (leaning + 0.1 * rng.standard_normal(2)), 0, 1)
            heard[song].append(Hearing(name, float(felt[0]), float(felt[1])))
    seconds = rng.integers(30 * RATE, 60 * RATE, count) / RATE
    unrated = count - 1 if "unlabelled-song" in wanted.defects else count
    return [
        Song(int(numbers[i]), wanted.seconds or float(seconds[i]), i != unrated, tuple(heard[i])) for i in range(count)
    ]


def listeners(count: int, rng: np.random.Generator) -> list[str]:
    """Six digits each; the numbers of the second year begin with 2."""
    early = count - count // 3
    years = [(100000, early), (200000, count - early)]
    return [str(start + number) for start, many in years for number in np.cumsum(rng.integers(1, 4, many)).tolist()]
