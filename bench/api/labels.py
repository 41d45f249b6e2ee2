"""Rules that turn ratings into classes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api.arrays import Array


class LabelRule(ABC):
    """Turns the ratings of trials into classes. `bench.api.thresholds.Threshold` implements the usual rules."""

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
