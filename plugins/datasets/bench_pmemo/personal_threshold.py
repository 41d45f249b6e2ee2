"""A threshold for each subject, between two clusters of the subject's ratings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from bench.api import LabelRule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import Array

MIN_RATINGS = 4  # for clustering
SEEDS = range(10)  # of k-means, for the notes
ROUNDING = 1e-9
AXES = ("arousal", "valence")
Pairs = tuple[tuple[float, ...], ...]  # ratings of one subject


@dataclass(frozen=True)
class PersonalThreshold(LabelRule):
    """High where a rating is above the threshold of its subject; a rating on it is low.

    Yin et al. (Res-SIN) cluster the pairs of arousal and valence of each subject by k-means with two centres; the
    threshold of an axis is the midpoint between them. Unseen subjects get the mean threshold.
    """

    pair: tuple[str, str]  # names of the clustered ratings: of arousal and of valence
    axis: int  # index of the thresholded one
    seed: int
    scope: Literal["train", "everything"] = "train"

    @property
    def about(self) -> str:
        axis = AXES[self.axis]
        return f"{axis} is high above a threshold per subject, midway between two clusters of ratings"

    @property
    def needs(self) -> tuple[str, ...]:
        return self.pair

    def learn(self, subjects: Array, ratings: Mapping[str, Array]) -> dict[str, float]:
        """The threshold of each subject, and under '' that of unseen subjects."""
        return self.thresholds(self.pairs(subjects, ratings), self.seed)

    def pairs(self, subjects: Array, ratings: Mapping[str, Array]) -> dict[str, Pairs]:
        """The pairs of each subject, sorted, since the start of k-means depends on their order."""
        pairs = np.column_stack([np.asarray(ratings[name], dtype=float) for name in self.pair])
        return {str(name): tuple(sorted(map(tuple, pairs[subjects == name].tolist()))) for name in np.unique(subjects)}

    def thresholds(self, pairs: Mapping[str, Pairs], seed: int) -> dict[str, float]:
        own = {name: midpoint(of_subject, seed)[self.axis] for name, of_subject in pairs.items()}
        return own | {"": float(np.mean(list(own.values())))}

    def label(self, subjects: Array, ratings: Mapping[str, Array], learnt: Mapping[str, float]) -> Array:
        thresholds = np.array([learnt.get(str(name), learnt[""]) for name in subjects])
        return (np.asarray(ratings[self.pair[self.axis]], dtype=float) > thresholds).astype(np.int64)

    def notes(self, subjects: Array, ratings: Mapping[str, Array]) -> Sequence[str]:
        """The subjects without two clusters, and how much depends on the seed of k-means."""
        pairs = self.pairs(subjects, ratings)
        learnt = [self.thresholds(pairs, seed) for seed in SEEDS]
        spread = np.ptp([[each[name] for name in pairs] for each in learnt], axis=0)
        labels = np.array([self.label(subjects, ratings, each) for each in learnt])
        axis, single = AXES[self.axis], sum(not has_clusters(of_subject) for of_subject in pairs.values())
        without_clusters = (
            f"{axis}: {single} of {len(pairs)} subjects have fewer than {MIN_RATINGS} ratings, or equal ones; "
            "their threshold is their mean rating."
        )
        changed = (
            f"{axis}: over the seeds {SEEDS[0]} to {SEEDS[-1]} of k-means, the thresholds of "
            f"{np.sum(spread > ROUNDING)} subjects change, by at most {spread.max():.3f}, and "
            f"{np.sum(np.ptp(labels, axis=0) > 0)} of {labels.shape[1]} labels."
        )
        return without_clusters, changed


def has_clusters(pairs: Pairs) -> bool:
    """Whether the pairs can be split in two."""
    return len(pairs) >= MIN_RATINGS and len(set(pairs)) > 1


@lru_cache(maxsize=1 << 14)
def midpoint(pairs: Pairs, seed: int) -> tuple[float, ...]:
    """The midpoint between two cluster centres, or the mean of the pairs where there are no two clusters."""
    points = np.array(pairs)
    if not has_clusters(pairs):
        return tuple(points.mean(axis=0).tolist())
    from sklearn.cluster import KMeans

    centres = KMeans(2, n_init=10, random_state=seed).fit(points).cluster_centers_
    return tuple(centres.mean(axis=0).tolist())
