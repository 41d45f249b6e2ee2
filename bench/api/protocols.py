"""Evaluation protocols."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bench.api.plugin import Configurable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from bench.api.arrays import Rows
    from bench.api.models import Combination


@dataclass(frozen=True, eq=False)
class Fold:
    """One fold: row numbers of the index table."""

    name: str
    train: Rows
    validation: Rows  # taken out of the training part, by the groups of the protocol; may be empty
    test: Rows


class Protocol(Configurable, ABC):
    """How windows are split into training and test sets.

    A protocol sees the index table, never signals. The table has one row per window and the columns subject, session,
    trial, stimulus, recording, start, stop and label: the class number (int), or the value of a regression target
    (float). Labels are there to spread classes evenly over folds. A run refuses folds that choose test windows by
    label, that differ in a second call, or that come with a change of the table.
    """

    #: columns that define groups; rows of one group are never split between training, validation and test
    groups: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        """Yield the name, the training rows and the test rows of each fold."""

    def inner(self, table: pd.DataFrame, rows: Rows, parts: int) -> Iterator[tuple[Rows, Rows]]:
        """Split training rows into (training, validation), with the same groups. At most `parts` splits."""
        return grouped_kfold(table, rows, self.groups, parts)

    def folds(self, table: pd.DataFrame) -> Iterator[Fold]:
        """Yield the folds, each with a validation part: a fifth of the groups, or empty where there is one group."""
        for name, train, test in self.outer(table):
            fit, validation = next(self.inner(table, train, 5), (train, train[:0]))
            yield Fold(name, fit, validation, test)

    def repetitions(self) -> int:
        """In how many folds a window may be tested: the value of the option `repeats`, or 1 without this option."""
        repeats: int = getattr(self, "repeats", 1)
        return repeats

    def digest(self) -> str:
        """A text that changes with any file that the folds are read from; empty if there is none."""
        return ""

    def refuse(self, combination: Combination) -> str | None:
        """Return why this protocol cannot be used here, or None."""
        return None


def grouped_kfold(table: pd.DataFrame, rows: Rows, groups: Sequence[str], parts: int) -> Iterator[tuple[Rows, Rows]]:
    """Yield (training, validation) rows; rows that agree in all columns of `groups` stay on one side.

    Without groups, single rows are split. There are at most as many parts as groups, and no split of a single group.
    """
    import numpy as np
    import pandas as pd
    from sklearn.model_selection import KFold

    units = np.arange(len(rows))
    for column in groups:  # numbered in sorted order, so that the order of the rows does not matter
        codes, values = pd.factorize(table[column].take(rows), sort=True)
        units = codes if column == groups[0] else pd.factorize(units * len(values) + codes, sort=True)[0]
    count = int(units.max(initial=-1)) + 1
    if min(parts, count) < 2:
        return
    for _, validation in KFold(min(parts, count), shuffle=True, random_state=0).split(np.arange(count)):
        in_training = np.ones(count, dtype=bool)
        in_training[validation] = False
        yield rows[in_training[units]], rows[~in_training[units]]
