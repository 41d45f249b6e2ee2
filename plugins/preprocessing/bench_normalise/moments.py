"""Mean and spread of samples that come in pieces, in one pass and without cancellation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.api import Array

#: Samples looked at together: they stay in the processor's cache, and no copy is as long as the signal.
BLOCK = 1 << 15


@dataclass(frozen=True)
class Moments:
    """How many samples, their mean, and the sum of squared distances from it."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @property
    def spread(self) -> float:
        """The standard deviation of these samples themselves."""
        return float(np.sqrt(self.squares / max(self.count, 1)))

    def __add__(self, other: Moments) -> Moments:
        """Those of all samples of both (Chan, Golub and LeVeque 1979)."""
        if not self.count or not other.count:
            return other if other.count else self
        count, apart = self.count + other.count, other.mean - self.mean
        return Moments(
            count,
            self.mean + apart * other.count / count,
            self.squares + other.squares + apart**2 * self.count * other.count / count,
        )


def moments(pieces: Iterable[Array]) -> Moments:
    """Those of all finite samples of one-dimensional pieces."""
    total = Moments()
    for piece in pieces:
        for samples in blocks(piece):
            first = samples[0]
            apart = samples - first  # exactly 0 where nothing moves
            mean = apart.mean()
            apart -= mean
            total += Moments(len(samples), float(first + mean), float(np.dot(apart, apart)))
    return total


def blocks(samples: Array) -> Iterator[Array]:
    """The finite samples in double precision, some at a time."""
    for start in range(0, len(samples), BLOCK):
        found = finite(samples[start : start + BLOCK].astype(np.float64, copy=False))
        if len(found):
            yield found


def finite(samples: Array) -> Array:
    """Those that are numbers: the given array itself where all are."""
    known = np.isfinite(samples)
    return samples if known.all() else samples[known]
