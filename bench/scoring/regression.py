"""Metrics of regression. Undefined values, such as the correlation with a constant, are NaN; nothing warns.

`rmse` and `mae` are in the unit of the target. `r` is Pearson's correlation, `ccc` Lin's concordance correlation (1989)
with variances over n, and `r2` the coefficient of determination.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

HEADLINE = ("rmse", "r", "ccc", "r2")
NAMES = ("rmse", "mae", "r", "ccc", "r2")


def scores(truth: Array, predicted: Array) -> dict[str, float]:
    """All metrics of (n,) predictions."""
    truth, predicted = np.asarray(truth, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    if not len(truth):
        return dict.fromkeys(NAMES, np.nan)
    errors = predicted - truth
    one, other = _centred(truth), _centred(predicted)
    spread, spread_predicted, together = float(one @ one), float(other @ other), float(one @ other)
    apart = len(truth) * float(predicted.mean() - truth.mean()) ** 2
    squared = float(errors @ errors)
    return {
        "rmse": float(np.sqrt(squared / len(truth))),
        "mae": float(np.abs(errors).mean()),
        "r": float(np.clip(_ratio(together, np.sqrt(spread) * np.sqrt(spread_predicted)), -1, 1)),
        "ccc": _ratio(2 * together, spread + spread_predicted + apart),
        "r2": 1 - _ratio(squared, spread),
    }


def _centred(values: Array) -> Array:
    """Without the mean; exactly zero where all are the same, which rounding would otherwise blur."""
    return np.zeros(len(values)) if values.min() == values.max() else values - values.mean()


def _ratio(above: float, below: float) -> float:
    return float(above / below) if below > 0 else np.nan
