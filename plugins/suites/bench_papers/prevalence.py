"""The table checker for one class: what accuracy, precision and recall say of its F1 and of how frequent it is.

In shares of all windows, with prevalence p, precision P and recall R: pR are rightly of the class, p(1 - R) are missed,
and pR(1 - P) / P are wrongly of it. So accuracy is a = 1 - p(1 - 2R + R / P), which gives p from the other three.
"""

from __future__ import annotations

from dataclasses import dataclass

TOLERANCE = 0.005  # within which an implied prevalence is that of the data


@dataclass(frozen=True)
class Scores:
    """A row of a table, each number between 0 and 1."""

    accuracy: float
    precision: float
    recall: float

    @property
    def exchanged(self) -> Scores:
        """The same if precision and recall stand under each other's header."""
        return Scores(self.accuracy, self.recall, self.precision)

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)

    @property
    def prevalence(self) -> float:
        """How frequent the class has to be."""
        return (1 - self.accuracy) / self._errors

    def accuracy_at(self, prevalence: float) -> float:
        """What accuracy has to be, where the class is so frequent."""
        return 1 - prevalence * self._errors

    def fits(self, prevalence: float) -> bool:
        """Whether the row can be of data in which the class is so frequent."""
        return abs(self.prevalence - prevalence) <= TOLERANCE

    @property
    def _errors(self) -> float:
        """For each window of the class, those that are missed and those that are wrongly taken for it."""
        return 1 - 2 * self.recall + self.recall / self.precision


def always(prevalence: float) -> Scores:
    """Of always saying the class."""
    return Scores(prevalence, prevalence, 1.0)
