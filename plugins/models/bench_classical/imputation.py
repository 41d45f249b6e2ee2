"""Missing feature values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array


class Medians:
    """Fills NaN with the median of the column in the training part; 0 where a column had no value at all.

    The result is that of scikit-learn's SimpleImputer, which takes longer than some of the fits. Medians are
    sought only for columns in which something is missing, since most tables are complete; so the training
    part is kept, in case a later part misses a value where the training part did not.
    """

    def __init__(self, training: Array) -> None:
        self.training = training

    def fill(self, features: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(features.sum()):  # one pass without a table of flags; most tables are complete
                return features
        missing = np.isnan(features)
        columns = np.flatnonzero(missing.any(axis=0))
        values = np.zeros(features.shape[1])
        values[columns] = medians(self.training[:, columns])
        return np.where(missing, values, features)


class Blanks:
    """Sets columns in which the training part knows nothing to 0, since there is nothing to learn from them."""

    def __init__(self, training: Array) -> None:
        self.empty = np.isnan(training).all(axis=0)

    def __call__(self, features: Array) -> Array:
        return np.where(self.empty, 0.0, features) if self.empty.any() else features


def medians(columns: Array) -> Array:
    """The median of what is known in each column, or 0."""
    # NaN is sorted behind all values, so that the first `number` entries of a column are the known ones.
    ordered = np.sort(columns, axis=0)
    number = len(columns) - np.isnan(columns).sum(axis=0)
    low, high = np.maximum(number - 1, 0) // 2, np.minimum(number // 2, len(columns) - 1)
    place = np.arange(columns.shape[1])
    return np.where(number > 0, (ordered[low, place] + ordered[high, place]) / 2, 0.0)
