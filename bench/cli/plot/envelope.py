"""Envelopes of long signals, with as many values as the plot has columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array, Signal

COLUMNS = 900  # about the number of pixels
DIRECT = 2 * COLUMNS  # up to this many samples are drawn individually


@dataclass(frozen=True, eq=False)
class Envelope:
    """Minimum and maximum of each column (channels, columns); NaN where it has no value."""

    time: Array  # where columns begin, and at last where they end
    low: Array
    high: Array
    gaps: list[tuple[float, float]]  # seconds in which some channel has no value


def envelope(signal: Signal, channels: list[int], start: float, stop: float) -> Envelope:
    """The envelope of some channels between two times."""
    first, last = max(0, round(start * signal.rate)), min(signal.values.shape[1], round(stop * signal.rate))
    values = np.asarray(signal.values[:, first:last], dtype=np.float64)[channels]
    samples = values.shape[1]
    count = samples if samples <= DIRECT else COLUMNS
    edges = np.linspace(0, samples, count + 1).astype(np.intp)
    missing = ~np.isfinite(values)
    values[missing] = np.nan
    if count == samples:
        low = high = values
    else:
        low, high = (reduce.reduceat(values, edges[:-1], axis=1) for reduce in (np.fmin, np.fmax))
    time = (first + edges) / signal.rate
    holes = np.maximum.reduceat(missing.any(axis=0), edges[:-1]) if count else np.zeros(0, dtype=bool)
    return Envelope(time, low, high, runs(holes, time))


def runs(flags: Array, edges: Array) -> list[tuple[float, float]]:
    """Start and stop of each run of true columns."""
    change = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    return [(float(edges[begin]), float(edges[end])) for begin, end in change.reshape(-1, 2)]
