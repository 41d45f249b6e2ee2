"""K-fold protocols: over windows, trials, subjects or stimuli."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from bench.api import Protocol, Range
from bench_splits.groups import count, fold_name, group_numbers, require, require_stimuli
from bench_splits.parts import (
    is_regression,
    kfold_parts,
    spread_parts,
    strata_by_class,
    strata_by_rank,
    stratified_parts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bench.api import Rows


@dataclass(frozen=True)
class KFoldProtocol(Protocol):
    """Each of k parts is the test set once. Each repetition adds one to the seed."""

    profiles: ClassVar[dict[str, dict[str, Any]]] = {"smoke": {"k": 2, "repeats": 1}}
    name: ClassVar[str]
    what: ClassVar[str]  # the groups, in words

    k: Annotated[int, Range(2, 1000), "number of parts"] = 5
    seed: Annotated[int, "random seed of the parts"] = 0
    repeats: Annotated[int, Range(1, 1000), "repetitions with other parts"] = 1

    @abstractmethod
    def parts(self, table: pd.DataFrame, groups: Rows, seed: int) -> Rows:
        """The part (0 to k-1) of each row."""

    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        groups = group_numbers(table, self.groups) if self.groups else np.arange(len(table))
        require(self.name, "k", self.k, count(groups), self.what)
        for repeat in range(self.repeats):
            parts = self.parts(table, groups, self.seed + repeat)
            for number in range(self.k):
                test = parts == number
                yield fold_name(number, repeat, self.repeats), np.flatnonzero(~test), np.flatnonzero(test)


@dataclass(frozen=True)
class WindowKFold(KFoldProtocol):
    """K-fold over random windows, as in many papers. Neighbouring windows are in training and test sets.

    This is scikit-learn's KFold, or with stratified=true a split of each class by itself. If windows are whole
    recordings, what is split are pairs of a subject and a stimulus.
    """

    name: ClassVar[str] = "kfold"
    what: ClassVar[str] = "windows"

    k: int = 10
    stratified: Annotated[bool, "divide the windows of each class equally"] = False

    def parts(self, table: pd.DataFrame, groups: Rows, seed: int) -> Rows:
        if self.stratified:
            return spread_parts(groups, group_numbers(table, ["label"]), self.k, seed)
        return kfold_parts(groups, self.k, seed)


@dataclass(frozen=True)
class TrialKFold(KFoldProtocol):
    """K-fold over trials, with the classes of each subject spread evenly over the parts.

    Without that, a model that recognises subjects scores below chance: if a subject has as many trials of one class as
    of the other, more of the other remain for training when one is in the test set. For a regression target, the trials
    of a subject are sorted by it, and each k successive trials go to different parts.
    """

    groups: ClassVar[tuple[str, ...]] = ("trial",)
    name: ClassVar[str] = "kfold-trial"
    what: ClassVar[str] = "trials"

    k: int = 10

    def parts(self, table: pd.DataFrame, groups: Rows, seed: int) -> Rows:
        subjects = group_numbers(table, ["subject"])
        if is_regression(table["label"]):
            strata = strata_by_rank(groups, subjects, table["label"].to_numpy(), self.k)
        else:
            strata = strata_by_class(subjects, group_numbers(table, ["label"]))
        return spread_parts(groups, strata, self.k, seed)


@dataclass(frozen=True)
class SubjectIndependent(KFoldProtocol):
    """K-fold over subjects, with classes spread as evenly as subjects allow (scikit-learn's StratifiedGroupKFold)."""

    groups: ClassVar[tuple[str, ...]] = ("subject",)
    name: ClassVar[str] = "subject-independent"
    what: ClassVar[str] = "subjects"

    def parts(self, table: pd.DataFrame, groups: Rows, seed: int) -> Rows:
        return stratified_parts(table["label"].to_numpy(), groups, self.k, seed)


@dataclass(frozen=True)
class StimulusIndependent(KFoldProtocol):
    """K-fold over stimuli, with classes spread as evenly as stimuli allow. Subjects are in training and test sets."""

    groups: ClassVar[tuple[str, ...]] = ("stimulus",)
    name: ClassVar[str] = "stimulus-independent"
    what: ClassVar[str] = "stimuli"

    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        require_stimuli(self.name, table)
        yield from super().outer(table)

    def parts(self, table: pd.DataFrame, groups: Rows, seed: int) -> Rows:
        return stratified_parts(table["label"].to_numpy(), groups, self.k, seed)
