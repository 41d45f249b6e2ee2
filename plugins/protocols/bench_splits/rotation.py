"""Protocols that cut something into k parts and hold out each part once."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from bench.api import Protocol, Range
from bench_splits.units import (
    fold_name,
    in_order,
    in_turn,
    is_number,
    numbers,
    part_of,
    require,
    require_stimuli,
    size,
    spread,
    stratified,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bench.api import Rows


@dataclass(frozen=True)
class Rotation(Protocol):
    """Each of k parts is held out once; another seed cuts other parts, and each repeat adds one to it."""

    profiles: ClassVar[dict[str, dict[str, Any]]] = {"smoke": {"k": 2, "repeats": 1}}
    name: ClassVar[str]
    what: ClassVar[str]  # what is cut, in words

    k: Annotated[int, Range(2, 1000), "parts"] = 5
    seed: Annotated[int, "another seed cuts other parts"] = 0
    repeats: Annotated[int, Range(1, 1000), "how often everything is cut anew"] = 1

    @abstractmethod
    def parts(self, table: pd.DataFrame, units: Rows, seed: int) -> Rows:
        """The part (0 to k-1) in which each row is held out."""

    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        units = numbers(table, self.groups) if self.groups else np.arange(len(table))
        require(self.name, "k", self.k, size(units), self.what)
        for repeat in range(self.repeats):
            part = self.parts(table, units, self.seed + repeat)
            for number in range(self.k):
                held = part == number
                yield fold_name(number, repeat, self.repeats), np.flatnonzero(~held), np.flatnonzero(held)


@dataclass(frozen=True)
class RandomWindows(Rotation):
    """Windows are dealt out at random, as many papers did: neighbours and people are on both sides.

    Labels play no part in the cut (scikit-learn's KFold), unless it is stratified: then each class is dealt out by
    itself. Where windows are whole recordings, what is dealt out are pairs of a person and a stimulus.
    """

    name: ClassVar[str] = "kfold"
    what: ClassVar[str] = "windows"

    k: Annotated[int, Range(2, 1000), "parts"] = 10
    stratified: Annotated[bool, "parts have as many windows of each class, to one"] = False

    def parts(self, table: pd.DataFrame, units: Rows, seed: int) -> Rows:
        if self.stratified:
            return spread(units, numbers(table, ["label"]), self.k, seed)
        return part_of(units, self.k, seed)


@dataclass(frozen=True)
class WholeTrials(Rotation):
    """Trials stay whole, people are on both sides; each person's classes are spread as evenly as can be.

    Without that, a model that knows people scores below chance: whoever has as many trials of one class as
    of the other has more of the other left to train on when one is held out. Where the target is a number, each
    person's trials are put in order of it, and of each k in a row every part is given one.
    """

    groups: ClassVar[tuple[str, ...]] = ("trial",)
    name: ClassVar[str] = "kfold-trial"
    what: ClassVar[str] = "trials"

    k: Annotated[int, Range(2, 1000), "parts"] = 10

    def parts(self, table: pd.DataFrame, units: Rows, seed: int) -> Rows:
        if is_number(table["label"]):
            strata = in_order(units, numbers(table, ["subject"]), table["label"].to_numpy(), self.k)
        else:
            strata = in_turn(numbers(table, ["subject"]), numbers(table, ["label"]))
        return spread(units, strata, self.k, seed)


@dataclass(frozen=True)
class UnseenPeople(Rotation):
    """People stay whole, classes are spread as evenly as they allow (scikit-learn's StratifiedGroupKFold)."""

    groups: ClassVar[tuple[str, ...]] = ("subject",)
    name: ClassVar[str] = "subject-independent"
    what: ClassVar[str] = "people"

    def parts(self, table: pd.DataFrame, units: Rows, seed: int) -> Rows:
        return stratified(table["label"].to_numpy(), units, self.k, seed)


@dataclass(frozen=True)
class UnseenStimuli(Rotation):
    """Stimuli stay whole, classes are spread as evenly as they allow; people are on both sides."""

    groups: ClassVar[tuple[str, ...]] = ("stimulus",)
    name: ClassVar[str] = "stimulus-independent"
    what: ClassVar[str] = "stimuli"

    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        require_stimuli(self.name, table)
        yield from super().outer(table)

    def parts(self, table: pd.DataFrame, units: Rows, seed: int) -> Rows:
        return stratified(table["label"].to_numpy(), units, self.k, seed)
