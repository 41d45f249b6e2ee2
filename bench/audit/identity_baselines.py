"""How well labels can be predicted from an identity alone: the subject, or the stimulus."""

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

MARGIN = 0.02  # a score counts as predictive only if it exceeds chance by more than this
UNKNOWN = -1  # the code of windows without the identity


@dataclass(frozen=True)
class IdentityScore:
    """A score with its interval, and the score of a constant prediction."""

    score: Interval
    chance: float
    metric: str

    @property
    def predictive(self) -> bool:
        """Whether the interval lies above chance, by a margin."""
        return self.score.low > self.chance + MARGIN

    def __str__(self) -> str:
        interval = f" [{self.score.low:.2f}, {self.score.high:.2f}]" if np.isfinite(self.score.low) else ""
        return f"scores {self.score.mean:.2f}{interval} in {self.metric}, where chance is {self.chance:.2f}"


class IdentityClassifier:
    """Predicts for a test window the most frequent class among training windows with the same identity.

    Ties share the prediction. Correct predictions are summed over folds, per subject and class, so that the
    interval is a bootstrap over subjects.
    """

    def __init__(self, identities: Rows, subjects: Rows, labels: Rows) -> None:
        self.classes = int(labels.max(initial=0)) + 1
        self.subjects = int(subjects.max(initial=-1)) + 1
        self.identities = int(identities.max(initial=UNKNOWN)) + 1
        combined = ((identities + 1) * max(self.subjects, 1) + subjects) * self.classes + labels
        # there are few combinations, so that a fold costs two counts of its rows
        self.combination, combinations = pd.factorize(combined)
        self.label, rest = combinations % self.classes, combinations // self.classes
        self.subject, self.identity = rest % max(self.subjects, 1), rest // max(self.subjects, 1) - 1
        self.correct = np.zeros((self.subjects, self.classes))
        self.total = np.zeros((self.subjects, self.classes))

    def add(self, train: Rows, test: Rows) -> int:
        """Count one fold. Returns the number of test windows whose identity occurs in training."""
        trained, tested = (np.bincount(self.combination[rows], minlength=len(self.label)) for rows in (train, test))
        counts = np.zeros((self.identities + 1, self.classes))  # the last row is of windows without the identity
        np.add.at(counts, (self.identity, self.label), trained)
        counts[UNKNOWN] = 0
        most = counts.max(axis=1, keepdims=True)
        winner = (counts == most) & (most > 0)
        predicted = winner / np.maximum(winner.sum(axis=1, keepdims=True), 1)
        seen = tested * (most[self.identity, 0] > 0)
        np.add.at(self.total, (self.subject, self.label), seen)
        np.add.at(self.correct, (self.subject, self.label), seen * predicted[self.identity, self.label])
        return int(seen.sum())

    def score(self) -> IdentityScore:
        """Balanced accuracy, pooled over folds."""
        score = cluster_bootstrap(np.stack([self.correct, self.total], axis=1), _balanced_accuracy)
        occurring = int((self.total.sum(axis=0) > 0).sum())
        return IdentityScore(score, 1 / max(occurring, 1), "balanced accuracy")


class IdentityRegressor:
    """Predicts for a test window the mean of the training windows with the same identity.

    Squared errors, and those of the mean of the whole training part, are summed over folds, per subject.
    """

    def __init__(self, identities: Rows, subjects: Rows, labels: Array) -> None:
        self.identity, self.subject, self.label = identities, subjects, labels
        self.identities = int(identities.max(initial=UNKNOWN)) + 1
        self.subjects = int(subjects.max(initial=-1)) + 1
        self.errors = np.zeros((self.subjects, 2))  # of the mean of the identity, and of the mean of all

    def add(self, train: Rows, test: Rows) -> int:
        """Count one fold. Returns the number of test windows whose identity occurs in training."""
        known = train[self.identity[train] != UNKNOWN]
        counts = np.bincount(self.identity[known], minlength=self.identities)
        sums = np.bincount(self.identity[known], weights=self.label[known], minlength=self.identities)
        seen = test[self.identity[test] != UNKNOWN]
        seen = seen[counts[self.identity[seen]] > 0]
        means = sums[self.identity[seen]] / counts[self.identity[seen]]
        for column, predicted in enumerate((means, self.label[train].mean())):
            squared = (self.label[seen] - predicted) ** 2
            self.errors[:, column] += np.bincount(self.subject[seen], weights=squared, minlength=self.subjects)
        return len(seen)

    def score(self) -> IdentityScore:
        """R2 against the mean of the training part, pooled over folds."""
        return IdentityScore(cluster_bootstrap(self.errors, _explained), 0.0, "R2")


def _balanced_accuracy(sums: Array) -> Array:
    correct, total = sums[:, 0], sums[:, 1]
    present = total > 0
    recall = np.divide(correct, total, out=np.zeros_like(correct), where=present)
    occurring = present.sum(axis=1)
    score: Array = np.divide(recall.sum(axis=1), occurring, out=np.full(len(sums), np.nan), where=occurring > 0)
    return score


def _explained(sums: Array) -> Array:
    errors, baseline = sums[:, 0], sums[:, 1]
    explained: Array = 1 - np.divide(errors, baseline, out=np.full(len(sums), np.nan), where=baseline > 0)
    return explained
