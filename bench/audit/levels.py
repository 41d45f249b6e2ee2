"""How well numbers are predicted by knowing one thing alone: the person, or the stimulus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.scoring.intervals import Interval, cluster_bootstrap

if TYPE_CHECKING:
    import numpy.typing as npt

    from bench.api import Rows

    Array = npt.NDArray[Any]

MARGIN = 0.02  # of what varies; less than this is no finding


class IdentityRegressor:
    """Predicts each held-out window by the mean of the training windows with the same value.

    Its squared error, and that of the mean of the whole training part, are summed up over folds and per person, so
    that people are what the interval is drawn over. Without the thing it is -1, and nothing is predicted.
    """

    def __init__(self, values: Rows, people: Rows, labels: Array) -> None:
        self.value, self.person, self.label = values, people, labels
        self.values = int(values.max(initial=-1)) + 1
        self.people = int(people.max(initial=-1)) + 1
        self.errors = np.zeros((self.people, 2))  # of the mean of the value, and of the mean of all

    def add(self, training: Rows, held: Rows) -> int:
        """Count one fold; how many of its held-out windows have a value that was trained on."""
        known = training[self.value[training] >= 0]
        counts = np.bincount(self.value[known], minlength=self.values)
        sums = np.bincount(self.value[known], weights=self.label[known], minlength=self.values)
        seen = held[self.value[held] >= 0]
        seen = seen[counts[self.value[seen]] > 0]
        means = sums[self.value[seen]] / counts[self.value[seen]]
        for column, said in enumerate((means, self.label[training].mean())):
            squared = (self.label[seen] - said) ** 2
            self.errors[:, column] += np.bincount(self.person[seen], weights=squared, minlength=self.people)
        return len(seen)

    def outcome(self) -> Explained:
        """The share of the squared error that is saved, pooled over folds, with a bootstrap over people."""
        return Explained(cluster_bootstrap(self.errors, _saved))


@dataclass(frozen=True)
class Explained:
    """R2 on held-out windows, against the mean of the training part."""

    score: Interval

    @property
    def predictive(self) -> bool:
        """Whether the interval of the score lies above 0, which shuffled numbers do not reach, by a margin."""
        return self.score.low > MARGIN

    def __str__(self) -> str:
        sure = f" [{self.score.low:.2f}, {self.score.high:.2f}]" if np.isfinite(self.score.low) else ""
        return f"scores {self.score.mean:.2f}{sure} in R2, where the mean of the training part is 0.00"


def _saved(sums: Array) -> Array:
    mine, plain = sums[:, 0], sums[:, 1]
    saved: Array = 1 - np.divide(mine, plain, out=np.full(len(sums), np.nan), where=plain > 0)
    return saved
