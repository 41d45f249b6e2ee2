"""What a solver says about signals, and what it needs to know of one before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array

FLAT = 1e-13  # of its size: what is left of a straight line in double precision


@dataclass(frozen=True)
class Solutions:
    """Phasic, tonic, driver and residual of one signal after the other, and how good they are."""

    parts: Array
    places: Sequence[slice]
    gap: Array
    iterations: Array
    converged: Array

    @classmethod
    def empty(cls, signals: Sequence[Array]) -> Solutions:
        """To be filled in."""
        ends = np.cumsum([len(y) for y in signals], dtype=int)
        places = [slice(int(end) - len(y), int(end)) for y, end in zip(signals, ends, strict=True)]
        count, samples = len(signals), int(ends[-1]) if len(ends) else 0
        return cls(np.empty((4, samples)), places, np.zeros(count), np.zeros(count, int), np.ones(count, bool))

    def fill(self, number: int, y: Array, line: Line, driver: Array, phasic: Array, tonic: Array) -> None:
        """One signal's, from what was found without its line and in units of its spread."""
        parts = self.parts[:, self.places[number]]
        for part, found in zip(parts, (phasic, tonic, driver), strict=False):
            np.multiply(found, line.spread, out=part)
        parts[1] += line.values
        np.subtract(y, parts[0], out=parts[3])
        parts[3] -= parts[1]


@dataclass(frozen=True)
class Line:
    """The best straight line of a signal, which nothing penalises, and the spread around it: the unit of solvers."""

    level: float
    slope: float
    samples: int
    spread: float

    @classmethod
    def of(cls, y: Array) -> Line:
        time, level = centred(len(y)), float(y.mean())
        slope = float(time @ (y - level) / (time @ time))
        left = y - level - time * slope
        spread = float(np.sqrt(left @ left / len(y)))
        return cls(level, slope, len(y), spread if spread > FLAT * np.abs(y).max() else 0.0)

    @property
    def values(self) -> Array:
        return self.level + centred(self.samples) * self.slope


def centred(n: int) -> Array:
    """Sample numbers around 0."""
    return np.arange(n) - (n - 1) / 2
