"""How well labels are predicted by knowing one thing alone: the person, or the stimulus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bench.scoring.intervals import Interval, cluster_bootstrap

if TYPE_CHECKING:
    import numpy.typing as npt

    from bench.api import Rows

    Array = npt.NDArray[Any]

MARGIN = 0.02  # above chance by less than this is no finding
UNKNOWN = -1  # the number of a window without the thing


class IdentityClassifier:
    """Predicts each held-out window from the training windows with the same value, whichever class is most frequent.

    Classes that are equally frequent share the prediction. Right answers are summed up over folds, per
    person and class, so that people are what the interval is drawn over.
    """

    def __init__(self, values: Rows, people: Rows, labels: Rows) -> None:
        self.classes = int(labels.max(initial=0)) + 1
        self.people = int(people.max(initial=-1)) + 1
        self.values = int(values.max(initial=UNKNOWN)) + 1
        combined = ((values + 1) * max(self.people, 1) + people) * self.classes + labels
        self.cell, cells = pd.factorize(combined)  # few, so that a fold costs two counts of its rows
        self.label, rest = cells % self.classes, cells // self.classes
        self.person, self.value = rest % max(self.people, 1), rest // max(self.people, 1) - 1
        self.right = np.zeros((self.people, self.classes))
        self.total = np.zeros((self.people, self.classes))

    def add(self, training: Rows, held: Rows) -> int:
        """Count one fold; how many of its held-out windows have a value that was trained on."""
        trained, tested = (np.bincount(self.cell[rows], minlength=len(self.label)) for rows in (training, held))
        counts = np.zeros((self.values + 1, self.classes))  # the last row is of windows without a value
        np.add.at(counts, (self.value, self.label), trained)
        counts[UNKNOWN] = 0
        most = counts.max(axis=1, keepdims=True)
        winner = (counts == most) & (most > 0)
        chosen = winner / np.maximum(winner.sum(axis=1, keepdims=True), 1)
        seen = tested * (most[self.value, 0] > 0)
        np.add.at(self.total, (self.person, self.label), seen)
        np.add.at(self.right, (self.person, self.label), seen * chosen[self.value, self.label])
        return int(seen.sum())

    def outcome(self) -> Outcome:
        """The balanced accuracy, pooled over folds, with a bootstrap over people."""
        score = cluster_bootstrap(np.stack([self.right, self.total], axis=1), _balanced_accuracy)
        return Outcome(score, 1 / max(int((self.total.sum(axis=0) > 0).sum()), 1))


@dataclass(frozen=True)
class Outcome:
    """A balanced accuracy, and that of a constant answer."""

    score: Interval
    chance: float

    @property
    def predictive(self) -> bool:
        """Whether the interval of the score lies above chance, by a margin."""
        return self.score.low > self.chance + MARGIN

    def __str__(self) -> str:
        sure = f" [{self.score.low:.2f}, {self.score.high:.2f}]" if np.isfinite(self.score.low) else ""
        return f"scores {self.score.mean:.2f}{sure} in balanced accuracy, where chance is {self.chance:.2f}"


def _balanced_accuracy(sums: Array) -> Array:
    right, total = sums[:, 0], sums[:, 1]
    present = total > 0
    recall = np.divide(right, total, out=np.zeros_like(right), where=present)
    occurring = present.sum(axis=1)
    score: Array = np.divide(recall.sum(axis=1), occurring, out=np.full(len(sums), np.nan), where=occurring > 0)
    return score
