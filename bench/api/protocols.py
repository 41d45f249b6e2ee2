"""Evaluation protocols."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bench.api.configurable import Configurable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bench.api.arrays import Rows
    from bench.api.combination import Combination


@dataclass(frozen=True, eq=False)
class Fold:
    """One fold: row numbers of the index table."""

    name: str
    train: Rows
    validation: Rows  # cut from the training part, with the groups of the protocol; may be empty
    test: Rows


class Protocol(Configurable, ABC):
    """How windows are split into training and test sets.

    A protocol sees the index table, never signals. The table has one row per window and the columns subject, session,
    trial, stimulus, recording, start, stop and label: the class number (int), or the value of a regression target
    (float).
    """

    #: columns that define groups; rows of one group are never split between training, validation and test
    groups: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        """Yield the name, the training rows and the test rows of each fold."""

    def inner(self, table: pd.DataFrame, rows: Rows, parts: int) -> Iterator[tuple[Rows, Rows]]:
        """Split training rows into (training, validation), with the same groups. At most `parts` splits."""
        from bench.api.splitting import grouped_kfold

        return grouped_kfold(table, rows, self.groups, parts)

    def folds(self, table: pd.DataFrame) -> Iterator[Fold]:
        """Yield the folds, each with a validation part: a fifth of the groups, or empty where there is one group."""
        for name, train, test in self.outer(table):
            fit, validation = next(self.inner(table, train, 5), (train, train[:0]))
            yield Fold(name, fit, validation, test)

    def digest(self) -> str:
        """A text that changes with any file that the folds are read from; empty if there is none."""
        return ""

    def refuse(self, combination: Combination) -> str | None:
        """Return why this protocol cannot be used here, or None."""
        return None
