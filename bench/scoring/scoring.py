"""What differs between predicted classes and predicted numbers: how predictions are stored, scored and compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.scoring import metrics, regression

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from bench.api import TargetType

    Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Scoring:
    """How predictions of one kind are judged."""

    headline: tuple[str, ...]
    leading: str  # what rows are sorted and compared by
    deciding: tuple[str, ...]  # in all of which a row has to beat the baselines
    objective: str  # what a search looks at

    def worth(self, scores: dict[str, float]) -> float:
        """What a search makes as high as it can."""
        return sign(self.objective) * scores[self.objective]


SCORING: dict[TargetType, Scoring] = {
    "classes": Scoring(metrics.HEADLINE, "accuracy", ("accuracy", "macro_f1"), "balanced_accuracy"),
    "numbers": Scoring(regression.HEADLINE, "rmse", ("rmse",), "rmse"),
}


def predicted(classes: Sequence[str]) -> TargetType:
    """A target without classes is a number."""
    return "classes" if classes else "numbers"


def scoring(classes: Sequence[str]) -> Scoring:
    return SCORING[predicted(classes)]


def sign(metric: str) -> int:
    """-1 where lower is better."""
    return -1 if metric in ("rmse", "mae") else 1


def in_per_cent(metric: str) -> bool:
    """Whether tables show it in per cent; metrics of numbers are in the unit of the number, or between -1 and 1."""
    return metric not in regression.NAMES


def columns(classes: Sequence[str]) -> list[str]:
    """The columns in which predictions are stored: a probability per class, or the number."""
    return [f"p.{name}" for name in classes] or ["predicted"]


def scores(labels: Array, predictions: Array, classes: Sequence[str]) -> dict[str, float]:
    """All metrics of predictions (n, classes), or of numbers (n, 1)."""
    return metrics.scores(labels, predictions) if classes else regression.scores(labels, predictions[:, 0])
