"""A threshold for each person: between the two clusters of what the person answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from bench.api import LabelRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Array

FEWEST = 4  # ratings of which clusters can be made


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
        axis = ("arousal", "valence")[self.axis]
        return f"{axis} is high above the person's own threshold, in the middle between two clusters of ratings"

    @property
    def needs(self) -> tuple[str, ...]:
        return self.pair

    def learn(self, subjects: Array, ratings: Mapping[str, Array]) -> dict[str, float]:
        """The threshold of each person, and under '' the one of people who are not known."""
        pairs = np.column_stack([np.asarray(ratings[name], dtype=float) for name in self.pair])
        # Sorted, since the start of k-means would otherwise depend on the order of the songs.
        theirs = {str(name): sorted(map(tuple, pairs[subjects == name].tolist())) for name in np.unique(subjects)}
        own = {name: between(tuple(answers), self.seed)[self.axis] for name, answers in theirs.items()}
        return own | {"": float(np.mean(list(own.values())))}

    def label(self, subjects: Array, ratings: Mapping[str, Array], learnt: Mapping[str, float]) -> Array:
        thresholds = np.array([learnt.get(str(name), learnt[""]) for name in subjects])
        return (np.asarray(ratings[self.pair[self.axis]], dtype=float) > thresholds).astype(np.int64)


@lru_cache(maxsize=4096)
def between(pairs: tuple[tuple[float, ...], ...], seed: int) -> tuple[float, ...]:
    """The middle between two cluster centres, or the mean of the pairs where there are no two clusters."""
    points = np.array(pairs)
    if len(points) < FEWEST or len(set(pairs)) < 2:
        return tuple(points.mean(axis=0).tolist())
    from sklearn.cluster import KMeans

    centres = KMeans(2, n_init=10, random_state=seed).fit(points).cluster_centers_
    return tuple(centres.mean(axis=0).tolist())
