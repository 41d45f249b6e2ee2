"""Resampling of irregularly sampled signals to a regular grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array


def resample(seconds: Array, values: Array, rate: float, gap: float, length: int) -> Array:
    """(channels, length) at a rate from (time, channels): linear between neighbours, NaN where these are too far apart.

    A point next to NaN is NaN, and so is one before the first or after the last sample.
    """
    times = np.arange(length) / rate
    after = np.clip(np.searchsorted(seconds, times, side="left"), 1, len(seconds) - 1)
    before = after - 1
    step = seconds[after] - seconds[before]
    share = (times - seconds[before]) / np.where(step > 0, step, 1)
    low, high = values[before], values[after]
    values_on_grid = low + share[:, None] * (high - low)
    values_on_grid = np.where(share[:, None] == 0, low, np.where(share[:, None] == 1, high, values_on_grid))
    values_on_grid[(step > gap) & (share > 0) & (share < 1)] = np.nan
    values_on_grid[(share < 0) | (share > 1)] = np.nan
    return np.asarray(values_on_grid.T, dtype=np.float32)
