"""Protocols that test on one subject, or on a share of the subjects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from sklearn.model_selection import GroupShuffleSplit, LeaveOneGroupOut

from bench.api import Protocol, Range
from bench.errors import UsageError
from bench_splits.groups import count, fold_name, group_numbers, require

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bench.api import Rows


@dataclass(frozen=True)
class LeaveOneSubjectOut(Protocol):
    """Each subject is the test set once, and gives the fold its name (scikit-learn's LeaveOneGroupOut)."""

    groups: ClassVar[tuple[str, ...]] = ("subject",)

    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        subject = group_numbers(table, self.groups)
        require("loso", "k", 2, count(subject), "subjects")
        for train, test in LeaveOneGroupOut().split(subject, groups=subject):
            yield str(table["subject"].iloc[test[0]]), train, test


@dataclass(frozen=True)
class Holdout(Protocol):
    """A share of the subjects is the test set, once per repetition (scikit-learn's GroupShuffleSplit)."""

    groups: ClassVar[tuple[str, ...]] = ("subject",)

    test_share: Annotated[float, Range(0.01, 0.99), "share of the subjects in the test set"] = 0.2
    seed: Annotated[int, "random seed of the split"] = 0
    repeats: Annotated[int, Range(1, 1000), "repetitions with other splits"] = 1

    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        subject = group_numbers(table, self.groups)
        subjects = count(subject)
        require("holdout", "test_share", 2, subjects, "subjects")
        size = math.ceil(self.test_share * subjects)
        if not 0 < size < subjects:
            raise UsageError(
                f"The test set of holdout would have {size} of {subjects} subjects: "
                f"set -o protocol.test_share between 0 and {(subjects - 1) / subjects:.2g}."
            )
        each = np.arange(subjects)
        splitter = GroupShuffleSplit(self.repeats, test_size=self.test_share, random_state=self.seed)
        for repeat, (_, chosen) in enumerate(splitter.split(each, groups=each)):
            test = np.isin(each, chosen)[subject]
            yield fold_name(0, repeat, self.repeats), np.flatnonzero(~test), np.flatnonzero(test)
