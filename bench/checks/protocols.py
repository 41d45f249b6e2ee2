"""Checks of protocols, on the index table of `bench.checks.examples.windows`."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench.checks.declarations import refusal_is_a_sentence
from bench.checks.examples.windows import table
from bench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Fold, Protocol, Rows

FEW = 3  # folds that are split again, and inner splits of each


def folds(protocol: Protocol) -> list[Fold]:
    found = list(protocol.folds(table()))
    if not found:
        raise PluginError("It yields no fold.")
    return found


def parts_of(fold: Fold) -> dict[str, Rows]:
    return {"training": fold.train, "validation": fold.validation, "test": fold.test}


def groups_are_columns(protocol: Protocol) -> None:
    """Its groups are columns of the index table."""
    for name in protocol.groups:
        if name not in ("subject", "session", "trial", "stimulus", "recording"):
            raise PluginError(
                f"Its groups contain '{name}'; the columns are subject, session, trial, stimulus and recording."
            )


def folds_have_names(protocol: Protocol) -> None:
    """Folds have distinct names."""
    names = [fold.name for fold in folds(protocol)]
    for name in names:
        if not isinstance(name, str) or not name:
            raise PluginError(f"A fold has the name {name!r}; it must be a non-empty string.")
        if names.count(name) > 1:
            raise PluginError(f"{names.count(name)} folds have the name '{name}'; names must be distinct.")


def rows_are_in_the_table(protocol: Protocol) -> None:
    """Folds contain row numbers of the table."""
    count = len(table())
    for fold in folds(protocol):
        for side, rows in parts_of(fold).items():
            if np.asarray(rows).dtype.kind not in "iu" or np.ndim(rows) != 1:
                raise PluginError(f"The {side} rows of fold '{fold.name}' are {rows!r}; yield an array of row numbers.")
            outside = rows[(rows < 0) | (rows >= count)]
            if len(outside):
                raise PluginError(
                    f"Fold '{fold.name}' has the {side} row {outside[0]}, but the table has rows 0 to {count - 1}."
                )


def parts_are_not_empty(protocol: Protocol) -> None:
    """Each fold has training rows and test rows."""
    for fold in folds(protocol):
        for side, rows in (("training", fold.train), ("test", fold.test)):
            if not len(rows):
                raise PluginError(f"Fold '{fold.name}' has no {side} rows; leave such folds out.")


def parts_are_disjoint(protocol: Protocol) -> None:
    """No row is in two parts of a fold, or twice in one."""
    for fold in folds(protocol):
        for side, rows in parts_of(fold).items():
            if len(np.unique(rows)) < len(rows):
                raise PluginError(f"Fold '{fold.name}' contains a {side} row twice; list each row once.")
        for (one, rows), (other, others) in combinations(parts_of(fold).items(), 2):
            both = np.intersect1d(rows, others)
            if len(both):
                raise PluginError(f"Fold '{fold.name}' has {len(both)} {one} rows that are also {other} rows.")


def groups_are_not_split(protocol: Protocol) -> None:
    """No group is split between training, validation and test."""
    for fold in folds(protocol):
        require_unsplit(protocol, table(), parts_of(fold), f"Fold '{fold.name}'")


def inner_splits_are_inside(protocol: Protocol) -> None:
    """Inner splits divide the training part alone, into disjoint parts, with the same groups."""
    whole = table()
    for fold in folds(protocol)[:FEW]:
        part = np.setdiff1d(np.concatenate([fold.train, fold.validation]), fold.test)
        # in a run the table holds the training part alone
        for given, rows in ((whole, part), (whole.iloc[part].reset_index(drop=True), np.arange(len(part)))):
            for number, (fit, held) in enumerate(protocol.inner(given, rows, FEW), 1):
                where = f"Inner split {number} of fold '{fold.name}'"
                outside = np.setdiff1d(np.concatenate([fit, held]), rows)
                if len(outside):
                    raise PluginError(f"{where} has {len(outside)} rows outside the training part; split `rows` alone.")
                if len(np.intersect1d(fit, held)) or not len(fit) or not len(held):
                    raise PluginError(
                        f"{where} has an empty part, or a row in both parts; yield disjoint, non-empty parts."
                    )
                require_unsplit(protocol, given, {"training": fit, "validation": held}, where)


def require_unsplit(protocol: Protocol, given: pd.DataFrame, parts: Mapping[str, Rows], where: str) -> None:
    """Raise if a group has rows in two parts."""
    for column in [name for name in protocol.groups if name in given]:
        values = {side: set(given[column].iloc[np.intersect1d(rows, given.index)]) for side, rows in parts.items()}
        for one, other in combinations(values, 2):
            both = sorted(values[one] & values[other])
            if both:
                raise PluginError(
                    f"{where} has rows of the {column} '{both[0]}' in its {one} and its {other} part, "
                    f"but {column} is one of the protocol's groups."
                )


def splitting_repeats(protocol: Protocol) -> None:
    """The same table gives the same folds in a second call."""
    first, second = folds(protocol), folds(protocol)
    if [fold.name for fold in first] != [fold.name for fold in second]:
        raise PluginError(
            "A second call yields folds with other names; derive random numbers from an option such as a seed."
        )
    for one, other in zip(first, second, strict=True):
        for side, rows in parts_of(one).items():
            if not np.array_equal(rows, parts_of(other)[side]):
                raise PluginError(
                    f"The {side} rows of fold '{one.name}' change in a second call; "
                    "derive random numbers from an option such as a seed."
                )


def table_stays(protocol: Protocol) -> None:
    """It does not change the table."""
    given = table()
    list(protocol.folds(given))
    try:
        pd.testing.assert_frame_equal(given, table())
    except AssertionError:
        raise PluginError("It changes the table; work on a copy.") from None


CHECKS = (
    refusal_is_a_sentence,
    groups_are_columns,
    folds_have_names,
    rows_are_in_the_table,
    parts_are_not_empty,
    parts_are_disjoint,
    groups_are_not_split,
    inner_splits_are_inside,
    splitting_repeats,
    table_stays,
)
