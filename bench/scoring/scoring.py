"""The metrics of classification and regression, and how predictions of each are stored and compared."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.scoring import metrics, regression

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

    from bench.api import TargetType

    Array = npt.NDArray[Any]


THRESHOLD = "threshold"  # the column of stored predictions with what the fold has chosen


@dataclass(frozen=True)
class Scoring:
    """The metrics of one type of target."""

    headline: tuple[str, ...]
    leading: str  # rows are sorted and compared by it, unless another metric is chosen
    objective: str  # of a search, unless another metric is chosen

    @property
    def published(self) -> tuple[str, ...]:
        """The metrics of which published results hold the scores of subjects."""
        return (*self.headline, "balanced_accuracy", "macro_f1") if self.leading == "auroc" else self.headline


SCORING: dict[TargetType, Scoring] = {
    "classes": Scoring(metrics.HEADLINE, "auroc", "balanced_accuracy"),
    "numbers": Scoring(regression.HEADLINE, "rmse", "rmse"),
}


BOUNDED = {"auroc", "average_precision", "accuracy", "balanced_accuracy", metrics.TUNED, "macro_f1", "weighted_f1",
           "f1", "precision", "recall", "ece"}  # between 0 and 1  # fmt: skip


def predicted(classes: Sequence[str]) -> TargetType:
    """A target without classes is a number (regression)."""
    return "classes" if classes else "numbers"


def scoring(classes: Sequence[str]) -> Scoring:
    return SCORING[predicted(classes)]


#: where scores end that are not on the scale of logits; brier of more than two classes reaches 2
LIMITS = {"mcc": (-1.0, 1.0), "kappa": (-1.0, 1.0), "r": (-1.0, 1.0), "ccc": (-1.0, 1.0), "r2": (-math.inf, 1.0),
          "brier": (0.0, 2.0), "log_loss": (0.0, math.inf), "rmse": (0.0, math.inf),
          "mae": (0.0, math.inf)}  # fmt: skip


def within_limits(metric: str, value: float) -> float:
    """A bound of an interval, which may lie beyond where scores end; what is not finite stays."""
    least, most = LIMITS.get(metric, (-math.inf, math.inf))
    return min(max(value, least), most) if math.isfinite(value) else value


def sign(metric: str) -> int:
    """-1 where lower is better."""
    return -1 if metric in ("rmse", "mae", "brier", "log_loss", "ece") else 1


def chance_level(metric: str) -> float | None:
    """What a row is worth that knows nothing; None where that depends on the labels, as it does for all but AUROC."""
    return 0.5 if metric == "auroc" else None


def in_per_cent(metric: str) -> bool:
    """Whether tables show it in per cent; metrics of regression are in the unit of the target, or between -1 and 1."""
    return metric not in regression.NAMES


def thresholds_of(predictions: pd.DataFrame) -> Array | None:
    """The threshold of each stored prediction, where folds have chosen one."""
    return predictions[THRESHOLD].to_numpy() if THRESHOLD in predictions else None


def columns(classes: Sequence[str]) -> list[str]:
    """The columns of stored predictions: a probability per class, or the predicted number."""
    return [f"p.{name}" for name in classes] or ["predicted"]


def scores(
    labels: Array, predictions: Array, classes: Sequence[str], thresholds: Array | None = None
) -> dict[str, float]:
    """All metrics of probabilities (n, classes), or of predicted numbers (n, 1)."""
    return metrics.scores(labels, predictions, thresholds) if classes else regression.scores(labels, predictions[:, 0])
