"""Samples with times of their own are put on a regular grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array


def regular(seconds: Array, values: Array, rate: float, gap: float, length: int) -> Array:
    """(channels, length) at a rate from (time, channels): linear between neighbours, NaN where they are too far apart.

    What is NaN stays NaN: a point between a number and NaN is NaN, and so is one before the first or after the last.
    """
    at = np.arange(length) / rate
    after = np.clip(np.searchsorted(seconds, at, side="left"), 1, len(seconds) - 1)
    before = after - 1
    step = seconds[after] - seconds[before]
    share = (at - seconds[before]) / np.where(step > 0, step, 1)
    low, high = values[before], values[after]
    made = low + share[:, None] * (high - low)
    made = np.where(share[:, None] == 0, low, np.where(share[:, None] == 1, high, made))
    made[(step > gap) & (share > 0) & (share < 1)] = np.nan
    made[(share < 0) | (share > 1)] = np.nan
    return np.asarray(made.T, dtype=np.float32)
