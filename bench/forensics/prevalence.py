"""Accuracy, precision and recall of one of two classes: the F1 and the prevalence that they imply.

In shares of all windows, with prevalence p, precision P and recall R: pR are true positives, p(1 - R) false negatives
and pR(1 - P) / P false positives. So accuracy is a = 1 - p(1 + R(1 / P - 2)), which gives p from the other three.
Each formula contains each value once, so that interval arithmetic gives its exact range.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from bench.forensics.interval import Interval

Value = TypeVar("Value", float, Interval)

TOLERANCE = 0.005  # largest difference of an implied prevalence from that of the data


@dataclass(frozen=True)
class Scores:
    """A row of a table, with values between 0 and 1."""

    accuracy: float
    precision: float
    recall: float

    @property
    def exchanged(self) -> Scores:
        """The scores with precision and recall exchanged."""
        return Scores(self.accuracy, self.recall, self.precision)

    @property
    def f1(self) -> float:
        return harmonic(self.precision, self.recall)

    @property
    def prevalence(self) -> float:
        """The prevalence that the scores imply."""
        return (1 - self.accuracy) / errors(self.precision, self.recall)

    def accuracy_at(self, prevalence: float) -> float:
        """The accuracy that precision and recall imply at this prevalence."""
        return 1 - prevalence * errors(self.precision, self.recall)

    def fits(self, prevalence: float) -> bool:
        """Whether the scores are possible for data with this prevalence."""
        return abs(self.prevalence - prevalence) <= TOLERANCE


def always(prevalence: float) -> Scores:
    """The scores of always predicting the class."""
    return Scores(prevalence, prevalence, 1.0)


def errors(precision: Value, recall: Value) -> Value:
    """False negatives and false positives per window of the class."""
    return 1 + recall * (1 / precision - 2)


def harmonic(precision: Value, recall: Value) -> Value:
    """F1, the harmonic mean of precision and recall."""
    return 2 / (1 / precision + 1 / recall)


def prevalence_range(accuracy: Interval, precision: Interval, recall: Interval) -> Interval | None:
    """The prevalences that three rounded values allow; None if there is none.

    All windows of the class and all false positives are windows: p (1 + R (1 / P - 1)) is at most 1. Those that are
    classified correctly include the true positives: pR is at most a.
    """
    per_window = errors(precision, recall).within(0.0, float("inf"))
    most = 1 / (1 + recall * (1 / precision - 1))
    found = ((1 - accuracy) / per_window).common(Interval(0.0, min(1.0, most.high)))
    if found is None:
        return None
    return found.common(Interval(0.0, (accuracy / recall).high))
