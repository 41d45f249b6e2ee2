"""Standardisation that is learnt inside each fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Scaling
from bench.errors import DataError
from bench_normalise.moments import Moments, moments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.api import Array


@dataclass(frozen=True)
class Standardise(Scaling):
    """Mean and spread of each channel over all windows; a channel that never moves is divided by 1."""

    def learn(self, chunks: Iterator[Array]) -> tuple[Array, Array]:
        totals: list[Moments] = []
        for chunk in chunks:
            totals = totals or [Moments()] * chunk.shape[1]
            totals = [total + moments([chunk[:, place].ravel()]) for place, total in enumerate(totals)]
        if not totals:
            raise DataError("standardise: there is no window to learn from; its training part is empty.")
        return np.array([total.mean for total in totals]), np.array([total.spread or 1.0 for total in totals])
