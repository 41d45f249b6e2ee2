"""Protocols that hold out one person, or one share of the people."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from sklearn.model_selection import GroupShuffleSplit, LeaveOneGroupOut

from bench.api import Protocol, Range
from bench.errors import UsageError
from bench_splits.units import fold_name, numbers, require, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bench.api import Rows


@dataclass(frozen=True)
class LeaveOneSubjectOut(Protocol):
    """Each person is held out once; folds bear their names (scikit-learn's LeaveOneGroupOut)."""

    groups: ClassVar[tuple[str, ...]] = ("subject",)

    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        units = numbers(table, self.groups)
        require("loso", "k", 2, size(units), "people")
        for train, test in LeaveOneGroupOut().split(units, groups=units):
            yield str(table["subject"].iloc[test[0]]), train, test


@dataclass(frozen=True)
class Holdout(Protocol):
    """A share of the people is held out, once per repeat (scikit-learn's GroupShuffleSplit)."""

    groups: ClassVar[tuple[str, ...]] = ("subject",)

    test_share: Annotated[float, Range(0.01, 0.99), "share of the people who are held out"] = 0.2
    seed: Annotated[int, "another seed holds out other people"] = 0
    repeats: Annotated[int, Range(1, 1000), "how often people are drawn anew"] = 1

    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        units = numbers(table, self.groups)
        count = size(units)
        require("holdout", "test_share", 2, count, "people")
        held = math.ceil(self.test_share * count)
        if not 0 < held < count:
            raise UsageError(
                f"holdout would hold out {held} of {count} people: "
                f"set -o protocol.test_share between 0 and {(count - 1) / count:.2g}."
            )
        each = np.arange(count)
        splitter = GroupShuffleSplit(self.repeats, test_size=self.test_share, random_state=self.seed)
        for repeat, (_, people) in enumerate(splitter.split(each, groups=each)):
            inside = np.isin(each, people)[units]
            yield fold_name(0, repeat, self.repeats), np.flatnonzero(~inside), np.flatnonzero(inside)
