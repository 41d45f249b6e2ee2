"""Level, spread, trend and distribution of any signal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_statistics.feature import Feature

if TYPE_CHECKING:
    from bench.api import Array

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def centre(rows: Array) -> tuple[Array, Array]:
    """Rows about their means, and the means.

    The first sample is taken away before the mean is, so that a constant row gives zeros exactly.
    """
    first = rows[:, :1]
    moved = rows - first
    mean = moved.mean(axis=1, keepdims=True)
    return moved - mean, (first + mean)[:, 0]


def distribution(centred: Array, mean: Array, rate: float) -> dict[str, Feature]:
    """Statistics of rows (n, time) that `centre` has given."""
    ordered = np.sort(centred, axis=1)
    values = {
        "mean": mean,
        # Products are summed row by row: a matrix product rounds differently for other numbers of rows.
        "sd": np.sqrt((centred * centred).mean(axis=1)),
        "slope_per_s": slope(centred, rate),
        "min": mean + ordered[:, 0],
        "max": mean + ordered[:, -1],
    }
    for share in QUANTILES:
        values[f"q{100 * share:02.0f}"] = mean + quantile(ordered, share)
    values["mean_absolute_difference"] = np.abs(np.diff(centred, axis=1)).sum(axis=1) / max(1, centred.shape[1] - 1)
    return {name: Feature("{u}/s" if name == "slope_per_s" else "{u}", column) for name, column in values.items()}


def slope(centred: Array, rate: float) -> Array:
    """The least-squares slope per second; 0 for a single sample."""
    time = (np.arange(centred.shape[1]) - (centred.shape[1] - 1) / 2) / rate
    product: Array = (centred * time).sum(axis=1)
    return product / max(float((time * time).sum()), np.finfo(float).tiny)


def quantile(ordered: Array, share: float) -> Array:
    """A quantile of sorted rows, linear between neighbours."""
    place = share * (ordered.shape[1] - 1)
    below = int(place)
    above = min(below + 1, ordered.shape[1] - 1)
    between: Array = ordered[:, below] + (place - below) * (ordered[:, above] - ordered[:, below])
    return between
