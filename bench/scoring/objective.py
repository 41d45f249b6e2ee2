"""The metric that a nested search maximises on inner parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.scoring.auroc import auroc_by_subject
from bench.scoring.scoring import scores, scoring, sign

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from bench.api import TargetType

    Array = npt.NDArray[Any]

# Precision, recall and the calibration error are left out: predictions that do not look at the windows can be perfect.
OBJECTIVES: dict[TargetType, tuple[str, ...]] = {
    "classes": ("auroc", "average_precision", "balanced_accuracy", "accuracy", "macro_f1", "weighted_f1", "f1", "mcc",
                "kappa", "log_loss", "brier"),
    "numbers": ("rmse", "mae", "r", "ccc", "r2"),
}  # fmt: skip
NAMES = tuple(name for names in OBJECTIVES.values() for name in names)

# Undefined scores count as those of predictions that know nothing: a constant has no correlation, and must not win.
UNDEFINED = {"auroc": 0.5, "average_precision": 0.0, "r": 0.0, "ccc": 0.0, "r2": 0.0, "kappa": 0.0}


def objective_of(classes: Sequence[str], chosen: str = "") -> str:
    """The chosen metric, or the default of the target."""
    return chosen or scoring(classes).objective


def worth(metric: str, labels: Array, predictions: Array, classes: Sequence[str], subjects: Array) -> float:
    """The score of an inner part, the higher the better.

    AUROC is that within each subject, averaged over subjects, as rows are compared by it. Where no subject has two
    classes, all windows are ranked together.
    """
    found = scores(labels, predictions, classes)[metric]
    if metric == "auroc":
        within = auroc_by_subject(labels, predictions, subjects, np.zeros(len(labels))).values
        found = float(np.nanmean(within)) if np.isfinite(within).any() else found
    return sign(metric) * (UNDEFINED.get(metric, found) if np.isnan(found) else found)


def in_words(classes: Sequence[str], chosen: str = "") -> str:
    """`mean minus rmse`, `mean auroc of subjects`."""
    metric = objective_of(classes, chosen)
    minus = "minus " if sign(metric) < 0 else ""
    return f"mean {minus}{metric}{' of subjects' if metric == 'auroc' else ''}"
