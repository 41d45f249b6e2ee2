"""The protocol that reads folds from a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from bench.api import Protocol
from bench.errors import UsageError
from bench.readers.text_files import read_text
from bench_splits import fold_file
from bench_splits.groups import count, group_numbers
from bench_splits.parts import kfold_masks

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bench.api import Combination, Rows


@dataclass(frozen=True)
class FromFile(Protocol):
    """Folds from a CSV file with the columns subject,fold, or subject,session,trial,fold, or stimulus,fold.

    Each line names the fold whose test set contains its windows; windows of the fold "train" are in no test set. Lines
    for subjects or trials that are not in the data are ignored.
    """

    path: Annotated[str, "CSV file with the folds"] = ""

    def refuse(self, combination: Combination) -> str | None:
        try:
            fold_file.read(self.path)
        except UsageError as error:
            return str(error).rstrip(".")
        return None

    def digest(self) -> str:
        return read_text(Path(self.path))

    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        file = fold_file.read(self.path)
        test_fold = file.test_fold(table)
        if not (test_fold >= 0).any():
            raise UsageError(f"{self.path} yields no test windows for these data: no line with a fold matches them.")
        for number, name in enumerate(file.names):
            train, test = np.flatnonzero(test_fold != number), np.flatnonzero(test_fold == number)
            if not len(train):
                raise UsageError(f"{self.path} leaves no training windows in {name}: name a second fold.")
            if len(test):
                yield name, train, test

    def inner(self, table: pd.DataFrame, rows: Rows, parts: int) -> Iterator[tuple[Rows, Rows]]:
        """Grouped by subject if the file never splits one, otherwise by the columns of the file."""
        file = fold_file.read(self.path)
        groups = group_numbers(table, ["subject"] if file.groups_subjects else file.columns, rows)
        parts = min(parts, count(groups))
        if parts > 1:
            for validation in kfold_masks(groups, parts, seed=0):
                yield rows[~validation], rows[validation]
