"""Groups of rows that stay together (subjects, stimuli, trials), as numbers; and checks of how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Rows


def group_numbers(table: pd.DataFrame, columns: Sequence[str], rows: Rows | None = None) -> Rows:
    """The group of each row: 0, 1, ... in the sorted order of the columns' values."""
    groups = np.zeros(0, dtype=np.intp)
    for position, column in enumerate(columns):
        cells = table[column] if rows is None else table[column].take(rows)
        codes, values = pd.factorize(cells, sort=True)
        groups = pd.factorize(groups * len(values) + codes, sort=True)[0] if position else codes
    return groups


def count(groups: Rows) -> int:
    """The number of groups."""
    return int(groups.max(initial=-1)) + 1


def require(protocol: str, option: str, parts: int, groups: int, what: str) -> None:
    """Raise if the groups cannot be divided into so many parts."""
    if groups < 2:
        raise UsageError(f"{protocol} needs at least 2 {what}, but there is {groups}: use more data, or kfold-trial.")
    if parts < 2:
        raise UsageError(
            f"{protocol} needs at least 2 parts, but {option} is {parts}: set -o protocol.{option}=2 or more."
        )
    if parts > groups:
        raise UsageError(
            f"{protocol} cannot divide {groups} {what} into {parts} parts: set -o protocol.{option}={groups} or less."
        )


def require_stimuli(protocol: str, table: pd.DataFrame) -> None:
    """Raise unless every window has a stimulus."""
    without = int((table["stimulus"] == "").sum())
    if not len(table) or without == len(table):
        raise UsageError(
            f"{protocol} needs stimuli, but this data set names none: choose subject-independent or kfold-trial."
        )
    if without:
        raise UsageError(
            f"{protocol} needs a stimulus for every window, but {without} of {len(table)} have none: "
            "choose a target that labels only windows with a stimulus, or subject-independent."
        )


def fold_name(number: int, repeat: int, repeats: int) -> str:
    """The name of a fold, counted from 1: fold-03, or r2-fold-03 if there are several repetitions."""
    name = f"fold-{number + 1:02d}"
    return f"r{repeat + 1}-{name}" if repeats > 1 else name
