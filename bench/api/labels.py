"""Rules that turn ratings into classes, by a threshold that is learnt or fixed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api.arrays import Array


ThresholdName = Literal["mean", "subject-mean", "median", "midpoint"]


class LabelRule(ABC):
    """Turns the ratings of trials into classes. `Threshold` implements the usual rules."""

    #: the trials that `learn` receives: those of the training part, or all of them (the audit marks the row as leaky)
    scope: Literal["train", "everything"] = "train"

    @property
    def about(self) -> str:
        """The rule in words, for tables: 'arousal is high above the mean of all ratings'."""
        return type(self).__name__

    @property
    def needs(self) -> tuple[str, ...]:
        """The ratings that the rule uses; empty: all of them. A trial without one of them has no label."""
        return ()

    @abstractmethod
    def learn(self, subjects: Array, ratings: Mapping[str, Array]) -> Any:
        """Learn the rule from trials. `subjects` and each array of `ratings` have one entry per trial."""

    @abstractmethod
    def label(self, subjects: Array, ratings: Mapping[str, Array], learnt: Any) -> Array:
        """Return the class number of each trial, given what `learn` returned."""

    def notes(self, subjects: Array, ratings: Mapping[str, Array]) -> Sequence[str]:
        """Return remarks on the classes of these trials, as sentences for `bench data card`."""
        return ()


@dataclass(frozen=True)
class Threshold(LabelRule):
    """High where a rating lies above the threshold; a rating on it is low."""

    rating: str  # which rating of the segments
    rule: ThresholdName
    middle: float  # of the scale, for the rule midpoint
    scope: Literal["train", "everything"] = "train"

    @property
    def about(self) -> str:
        above = {
            "mean": "the mean of all ratings",
            "median": "the median of all ratings",
            "midpoint": f"{self.middle:g}, the middle of the scale",
            "subject-mean": "the subject's own mean, or the mean of such means for an unknown subject",
        }
        return f"{self.rating} is high above {above[self.rule]}"

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.rating,)

    def learn(self, subjects: Array, ratings: Mapping[str, Array]) -> dict[str, float]:
        """The threshold of each subject, and under '' the one of unknown subjects."""
        import numpy as np

        values = np.asarray(ratings[self.rating], dtype=float)
        if self.rule == "midpoint":
            return {"": self.middle}
        if self.rule == "median":
            return {"": float(np.median(values))}
        if self.rule == "mean":
            return {"": float(np.mean(values))}
        own = {str(name): float(np.mean(values[subjects == name])) for name in np.unique(subjects)}
        return own | {"": float(np.mean(list(own.values())))}

    def label(self, subjects: Array, ratings: Mapping[str, Array], learnt: Any) -> Array:
        import numpy as np

        thresholds = np.array([learnt.get(str(name), learnt[""]) for name in subjects])
        return (np.asarray(ratings[self.rating], dtype=float) > thresholds).astype(np.int64)
