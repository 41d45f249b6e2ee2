"""Thresholds of two classes, chosen on inner predictions and never on those that are scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

DEFAULT = 0.5


def best_threshold(labels: Array, probabilities: Array) -> float:
    """The threshold of the second class that maximises balanced accuracy on inner predictions.

    Candidates are 0.5, the midpoints between neighbouring probabilities, and 0, which decides for the second class
    always. Of several best ones it is the one nearest to 0.5, and the lower of two at the same distance. Labels of one
    class choose nothing, and give 0.5.
    """
    labels, probabilities = np.asarray(labels).astype(bool), np.asarray(probabilities, dtype=np.float64)
    if labels.all() or not labels.any():
        return DEFAULT
    distinct = np.unique(probabilities)
    middle = (distinct[1:] + distinct[:-1]) / 2
    middle = np.where(middle > distinct[:-1], middle, distinct[1:])  # between neighbouring floats there is none
    candidates = np.unique(np.concatenate([[0.0, DEFAULT], middle]))
    missed = np.searchsorted(np.sort(probabilities[labels]), candidates)
    rejected = np.searchsorted(np.sort(probabilities[~labels]), candidates)
    # recalls over a common denominator, so that equal ones are equal
    balanced = rejected * labels.sum() - missed * (~labels).sum()
    best = candidates[balanced == balanced.max()]
    return float(best[np.argmin(np.abs(best - DEFAULT))])
