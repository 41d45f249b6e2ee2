"""A threshold for each person: between the two clusters of what the person answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from bench.api import LabelRule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import Array

FEWEST = 4  # ratings of which clusters can be made
SEEDS = range(10)  # of k-means, over which it is told how much depends on them
ROUNDING = 1e-9
AXES = ("arousal", "valence")
Answers = tuple[tuple[float, ...], ...]  # a person's pairs of ratings


@dataclass(frozen=True)
class Personal(LabelRule):
    """High where a rating lies above the person's own threshold; a rating on it is low.

    Yin et al. (Res-SIN) cluster each person's pairs of arousal and valence by k-means with two centres; the
    threshold of an axis lies in the middle between them. People who were not seen get the mean threshold.
    """

    pair: tuple[str, str]  # the ratings that are clustered: of arousal and of valence
    axis: int  # which of them is thresholded
    seed: int
    scope: Literal["train", "everything"] = "train"

    @property
    def about(self) -> str:
        axis = AXES[self.axis]
        return f"{axis} is high above the person's own threshold, in the middle between two clusters of ratings"

    @property
    def needs(self) -> tuple[str, ...]:
        return self.pair

    def learn(self, subjects: Array, ratings: Mapping[str, Array]) -> dict[str, float]:
        """The threshold of each person, and under '' the one of people who are not known."""
        return self.thresholds(self.answers(subjects, ratings), self.seed)

    def answers(self, subjects: Array, ratings: Mapping[str, Array]) -> dict[str, Answers]:
        """The pairs of each person, sorted: the start of k-means would otherwise depend on the order of the songs."""
        pairs = np.column_stack([np.asarray(ratings[name], dtype=float) for name in self.pair])
        return {str(name): tuple(sorted(map(tuple, pairs[subjects == name].tolist()))) for name in np.unique(subjects)}

    def thresholds(self, answers: Mapping[str, Answers], seed: int) -> dict[str, float]:
        own = {name: between(pairs, seed)[self.axis] for name, pairs in answers.items()}
        return own | {"": float(np.mean(list(own.values())))}

    def label(self, subjects: Array, ratings: Mapping[str, Array], learnt: Mapping[str, float]) -> Array:
        thresholds = np.array([learnt.get(str(name), learnt[""]) for name in subjects])
        return (np.asarray(ratings[self.pair[self.axis]], dtype=float) > thresholds).astype(np.int64)

    def notes(self, subjects: Array, ratings: Mapping[str, Array]) -> Sequence[str]:
        """For whom the mean has to serve, and how much depends on the seed of k-means."""
        answers = self.answers(subjects, ratings)
        learnt = [self.thresholds(answers, seed) for seed in SEEDS]
        spread = np.ptp([[each[name] for name in answers] for each in learnt], axis=0)
        labels = np.array([self.label(subjects, ratings, each) for each in learnt])
        axis, single = AXES[self.axis], sum(not clusters(pairs) for pairs in answers.values())
        fallen_back = (
            f"{axis}: {single} of {len(answers)} people have fewer than {FEWEST} ratings, or the same throughout; "
            "their threshold is their mean."
        )
        changed = (
            f"{axis}: over the seeds {SEEDS[0]} to {SEEDS[-1]} of k-means the thresholds of "
            f"{np.sum(spread > ROUNDING)} people change, by {spread.max():.3f} at most, and "
            f"{np.sum(np.ptp(labels, axis=0) > 0)} of {labels.shape[1]} labels."
        )
        return fallen_back, changed


def clusters(pairs: Answers) -> bool:
    """Whether there can be two."""
    return len(pairs) >= FEWEST and len(set(pairs)) > 1


@lru_cache(maxsize=1 << 14)
def between(pairs: Answers, seed: int) -> tuple[float, ...]:
    """The middle between two cluster centres, or the mean of the pairs where there are no two clusters."""
    points = np.array(pairs)
    if not clusters(pairs):
        return tuple(points.mean(axis=0).tolist())
    from sklearn.cluster import KMeans

    centres = KMeans(2, n_init=10, random_state=seed).fit(points).cluster_centers_
    return tuple(centres.mean(axis=0).tolist())
