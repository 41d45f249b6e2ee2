"""The z-score of a stream: each sample by itself and those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_normalise.moments import BLOCK

if TYPE_CHECKING:
    from bench.api import Array


def running(samples: Array, warmup: float) -> Array:
    """By mean and spread of all finite samples up to and including this one; the first ones are missing.

    Both follow Welford (1962), with sums of distances from the first sample and of squares alone: nothing cancels.
    """
    result = np.full(len(samples), np.nan)
    count, first, mean, squares = 0, 0.0, 0.0, 0.0
    for start in range(0, len(samples), BLOCK):
        block = samples[start : start + BLOCK]
        known = np.isfinite(block)
        values = block[known].astype(np.float64)
        if not len(values):
            continue
        first = first if count else float(values[0])
        values -= first
        number = np.arange(count + 1, count + len(values) + 1, dtype=np.float64)
        means = (count * mean + np.cumsum(values)) / number
        steps = values - np.concatenate(([mean], means[:-1]))
        spread = np.cumsum(steps**2 * (number - 1) / number) + squares
        count, mean, squares = count + len(values), float(means[-1]), float(spread[-1])
        spread = np.sqrt(spread / number)
        values -= means
        values /= np.where(spread > 0, spread, 1)
        values[number <= warmup] = np.nan
        result[start : start + BLOCK][known] = values
    return result
