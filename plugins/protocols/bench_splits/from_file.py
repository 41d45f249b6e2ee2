"""The protocol whose folds somebody published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from bench.api import Protocol
from bench.errors import UsageError
from bench_splits import fold_file
from bench_splits.units import dealt, numbers, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bench.api import Combination, Rows


@dataclass(frozen=True)
class FromFile(Protocol):
    """Folds from a CSV file with the columns subject,fold, or subject,session,trial,fold, or stimulus,fold.

    Each line says in which fold its windows are held out; the fold "train" holds nothing out. Lines
    about people or trials that are not in the data are passed over, so a file serves a part of them.
    """

    path: Annotated[str, "the CSV file"] = ""

    def refuse(self, combination: Combination) -> str | None:
        try:
            fold_file.read(self.path)
        except UsageError as error:
            return str(error).rstrip(".")
        return None

    def digest(self) -> str:
        return Path(self.path).read_text(encoding="utf-8-sig")

    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        file = fold_file.read(self.path)
        held = file.held(table)
        if not (held >= 0).any():
            raise UsageError(f"{self.path} holds out nothing that is in the data: give one of its lines a fold.")
        for number, name in enumerate(file.names):
            train, test = np.flatnonzero(held != number), np.flatnonzero(held == number)
            if not len(train):
                raise UsageError(f"{self.path} leaves nothing to train on in {name}: name a second fold.")
            if len(test):
                yield name, train, test

    def inner(self, table: pd.DataFrame, rows: Rows, parts: int) -> Iterator[tuple[Rows, Rows]]:
        """By person where the file keeps people whole, otherwise by the columns of the file."""
        file = fold_file.read(self.path)
        units = numbers(table, ["subject"] if file.keeps_people_whole else file.columns, rows)
        parts = min(parts, size(units))
        if parts > 1:
            for inside in dealt(units, parts, seed=0):
                yield rows[~inside], rows[inside]
