"""Imputation of missing features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array


class MedianImputer:
    """Replaces NaN by the median of the column in the training part, or by 0 if a column has no value there.

    The result equals that of scikit-learn's SimpleImputer, which takes longer than some of the fits. Most tables are
    complete, so medians are computed only for columns with missing values when they are needed; this is why the
    training part is kept.
    """

    def __init__(self, training: Array) -> None:
        self.training = training

    def __call__(self, features: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(features.sum()):  # one pass without a boolean table
                return features
        missing = np.isnan(features)
        columns = np.flatnonzero(missing.any(axis=0))
        values = np.zeros(features.shape[1])
        values[columns] = medians(self.training[:, columns])
        return np.where(missing, values, features)


class EmptyColumns:
    """Sets columns without any value in the training part to 0; other missing values stay NaN."""

    def __init__(self, training: Array) -> None:
        self.empty = np.isnan(training).all(axis=0)

    def __call__(self, features: Array) -> Array:
        return np.where(self.empty, 0.0, features) if self.empty.any() else features


def medians(columns: Array) -> Array:
    """The median of the known values of each column; 0 if there is none."""
    # NaN is sorted behind all values, so the first `number` entries of a column are the known ones.
    ordered = np.sort(columns, axis=0)
    number = len(columns) - np.isnan(columns).sum(axis=0)
    low, high = np.maximum(number - 1, 0) // 2, np.minimum(number // 2, len(columns) - 1)
    place = np.arange(columns.shape[1])
    return np.where(number > 0, (ordered[low, place] + ordered[high, place]) / 2, 0.0)
