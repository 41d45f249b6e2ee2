"""The folds of a protocol: drawn from copies of the index table, and checked against the table itself."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench.api import Fold
from bench.errors import PluginError
from bench.planning.label_choice import require_label_free_tests
from bench.results.folds import SIDES
from bench.worker.questions import require_unchanged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from bench.api import Protocol, Rows

    Groups = Mapping[str, tuple[Rows, pd.Index[Any]]]

NAMES = dict(zip(SIDES, ("training", "validation", "test"), strict=True))
FROM_SEED = "derive random numbers from an option such as a seed"


def draw(protocol: Protocol, table: pd.DataFrame) -> list[Fold]:
    """The folds, which own their rows. Raises a PluginError if they break the contract."""
    folds = list(checked(protocol, table))
    require_equal(folds, list(checked(protocol, table)))
    require_label_free_tests(protocol, table, folds)
    return folds


def checked(protocol: Protocol, table: pd.DataFrame) -> Iterator[Fold]:
    """Each fold as soon as it is drawn, so that a protocol without an end is stopped as well."""
    given, check = table.copy(), FoldCheck(protocol, table)
    for fold in protocol.folds(given):
        yield check(fold)
    require_unchanged(given, table)


class FoldCheck:
    """Checks the folds of one protocol in turn, each together with those before it."""

    def __init__(self, protocol: Protocol, table: pd.DataFrame) -> None:
        self.windows, self.repetitions = len(table), protocol.repetitions()
        if not isinstance(self.repetitions, int) or self.repetitions < 1:
            raise PluginError(f"repetitions() returns {self.repetitions!r}; return a whole number from 1.")
        self.tested = np.zeros(len(table), dtype=np.intp)  # how often each window was tested so far
        self.names: set[str] = set()
        self.groups = group_codes(protocol, table)

    def __call__(self, fold: Fold) -> Fold:
        """A copy of the fold with its rows as integers."""
        if not isinstance(fold, Fold):
            raise PluginError(f"It yields {fold!r} as a fold; yield bench.api.Fold.")
        self.check_name(fold.name)
        found = Fold(fold.name, *(self.rows(fold.name, side, getattr(fold, side)) for side in SIDES))
        for side in ("train", "test"):
            if not len(getattr(found, side)):
                raise PluginError(f"Fold '{fold.name}' has no {NAMES[side]} rows; leave such folds out.")
        self.check_overlap(found)
        require_unsplit(self.groups, {NAMES[side]: getattr(found, side) for side in SIDES}, f"Fold '{fold.name}'")
        self.check_repetitions(found)
        return found

    def check_name(self, name: Any) -> None:
        if not isinstance(name, str) or not name:
            raise PluginError(f"A fold has the name {name!r}; it must be a non-empty string.")
        if name in self.names:
            raise PluginError(f"Two folds have the name '{name}'; names must be distinct.")
        self.names.add(name)

    def rows(self, fold: str, side: str, rows: Any) -> Rows:
        found = np.array(rows)
        if found.ndim != 1 or (len(found) and found.dtype.kind not in "iu"):
            what = f"an array of {found.dtype} with {found.ndim} dimensions"
            raise PluginError(f"The {NAMES[side]} rows of fold '{fold}' are {what}; yield an array of row numbers.")
        outside = found[(found < 0) | (found >= self.windows)]
        if len(outside):
            raise PluginError(
                f"Fold '{fold}' has the {NAMES[side]} row {outside[0]}, but the table has rows 0 to {self.windows - 1}."
            )
        return found.astype(np.intp)

    def check_overlap(self, fold: Fold) -> None:
        counts = {side: np.bincount(getattr(fold, side), minlength=self.windows) for side in SIDES}
        for side, count in counts.items():
            if (count > 1).any():
                raise PluginError(f"Fold '{fold.name}' contains a {NAMES[side]} row twice; list each row once.")
        for one, other in combinations(SIDES, 2):
            both = np.count_nonzero(counts[one] & counts[other])
            if both:
                raise PluginError(f"Fold '{fold.name}' has {both} {NAMES[one]} rows that are also {NAMES[other]} rows.")

    def check_repetitions(self, fold: Fold) -> None:
        self.tested[fold.test] += 1
        again = fold.test[self.tested[fold.test] > self.repetitions]
        if len(again):
            times = "once" if self.repetitions == 1 else f"{self.repetitions} times"
            raise PluginError(
                f"Fold '{fold.name}' tests row {again[0]}, which other folds have tested {times} already; test each "
                "row once, or return from repetitions() how often."
            )


def require_equal(folds: Sequence[Fold], again: Sequence[Fold]) -> None:
    """Raise unless a second call gives the same folds."""
    if [fold.name for fold in folds] != [fold.name for fold in again]:
        raise PluginError(f"A second call yields folds with other names; {FROM_SEED}.")
    for first, second in zip(folds, again, strict=True):
        for side, name in NAMES.items():
            if not np.array_equal(getattr(first, side), getattr(second, side)):
                raise PluginError(f"The {name} rows of fold '{first.name}' change in a second call; {FROM_SEED}.")


def group_codes(protocol: Protocol, table: pd.DataFrame) -> Groups:
    """For each column of the protocol's groups, the code of each row (-1 without a stimulus) and the values."""
    return {
        name: pd.factorize(table[name].where(table[name] != "")) for name in protocol.groups if name in table.columns
    }


def require_unsplit(groups: Groups, parts: Mapping[str, Rows], where: str) -> None:
    """Raise if a group has rows in two parts."""
    for column, (codes, values) in groups.items():
        present = {}
        for side, rows in parts.items():
            present[side] = np.zeros(len(values) + 1, dtype=bool)
            present[side][codes[rows]] = True
        for one, other in combinations(present, 2):
            both = sorted(values[(present[one] & present[other])[:-1]])
            if both:
                raise PluginError(
                    f"{where} has rows of the {column} '{both[0]}' in its {one} and its {other} part, "
                    f"but {column} is one of the protocol's groups."
                )
