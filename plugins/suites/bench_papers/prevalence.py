"""Consistency of printed accuracy, precision and recall of one class: the F1 and the prevalence that they imply.

In shares of all windows, with prevalence p, precision P and recall R: pR are true positives, p(1 - R) false negatives
and pR(1 - P) / P false positives. So accuracy is a = 1 - p(1 - 2R + R / P), which gives p from the other three.
"""

from __future__ import annotations

from dataclasses import dataclass

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
        return 2 * self.precision * self.recall / (self.precision + self.recall)

    @property
    def prevalence(self) -> float:
        """The prevalence that the scores imply."""
        return (1 - self.accuracy) / self._errors

    def accuracy_at(self, prevalence: float) -> float:
        """The accuracy that precision and recall imply at this prevalence."""
        return 1 - prevalence * self._errors

    def fits(self, prevalence: float) -> bool:
        """Whether the scores are possible for data with this prevalence."""
        return abs(self.prevalence - prevalence) <= TOLERANCE

    @property
    def _errors(self) -> float:
        """False negatives and false positives per window of the class."""
        return 1 - 2 * self.recall + self.recall / self.precision


def always(prevalence: float) -> Scores:
    """The scores of always predicting the class."""
    return Scores(prevalence, prevalence, 1.0)
