"""What a protocol has to hold, seen on a made-up index table (`bench.checks.examples.windows`)."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench.checks.examples.windows import table
from bench.checks.refusals import refusal_is_a_sentence
from bench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Fold, Protocol, Rows

FEW = 3  # folds that are cut again, and parts of each


def folds(protocol: Protocol) -> list[Fold]:
    found = list(protocol.folds(table()))
    if not found:
        raise PluginError("It gives no fold; hold something out.")
    return found


def sides(fold: Fold) -> dict[str, Rows]:
    return {"training": fold.train, "validation": fold.validation, "held-out": fold.test}


def groups_are_columns(protocol: Protocol) -> None:
    """What it keeps whole are columns of the index table."""
    for name in protocol.groups:
        if name not in ("subject", "session", "trial", "stimulus", "recording"):
            raise PluginError(
                f"It keeps '{name}' whole, which is none of subject, session, trial, stimulus and recording."
            )


def folds_have_names(protocol: Protocol) -> None:
    """Each fold has its own name."""
    names = [fold.name for fold in folds(protocol)]
    for name in names:
        if not isinstance(name, str) or not name:
            raise PluginError(f"A fold has the name {name!r}; write a text.")
        if names.count(name) > 1:
            raise PluginError(f"{names.count(name)} folds have the name '{name}'; name each one differently.")


def rows_are_in_the_table(protocol: Protocol) -> None:
    """Folds are made of row numbers of the table."""
    count = len(table())
    for fold in folds(protocol):
        for side, rows in sides(fold).items():
            if np.asarray(rows).dtype.kind not in "iu" or np.ndim(rows) != 1:
                raise PluginError(f"The {side} rows of fold '{fold.name}' are {rows!r}; give an array of row numbers.")
            outside = rows[(rows < 0) | (rows >= count)]
            if len(outside):
                raise PluginError(
                    f"Fold '{fold.name}' has the {side} row {outside[0]}, but the table has rows 0 to {count - 1}."
                )


def sides_are_filled(protocol: Protocol) -> None:
    """Each fold has windows to train on and windows that are held out."""
    for fold in folds(protocol):
        for side, rows in (("training", fold.train), ("held-out", fold.test)):
            if not len(rows):
                raise PluginError(f"Fold '{fold.name}' has no {side} rows; leave such a fold out.")


def sides_are_disjoint(protocol: Protocol) -> None:
    """No window is on two sides of a fold, or twice on one."""
    for fold in folds(protocol):
        for side, rows in sides(fold).items():
            if len(np.unique(rows)) < len(rows):
                raise PluginError(f"Fold '{fold.name}' has a {side} row twice; give each row once.")
        for (one, rows), (other, others) in combinations(sides(fold).items(), 2):
            both = np.intersect1d(rows, others)
            if len(both):
                raise PluginError(f"Fold '{fold.name}' has {len(both)} {one} rows that are {other} rows too.")


def groups_stay_whole(protocol: Protocol) -> None:
    """What it keeps whole is on one side of each fold, and never in validation and training both."""
    for fold in folds(protocol):
        require_whole(protocol, table(), sides(fold), f"Fold '{fold.name}'")


def inner_parts_are_inside(protocol: Protocol) -> None:
    """Inner splits cut a training part alone, into disjoint parts, with the same things kept whole."""
    whole = table()
    for fold in folds(protocol)[:FEW]:
        part = np.setdiff1d(np.concatenate([fold.train, fold.validation]), fold.test)
        # in a run the table holds the training part alone
        for given, rows in ((whole, part), (whole.iloc[part].reset_index(drop=True), np.arange(len(part)))):
            for number, (fit, held) in enumerate(protocol.inner(given, rows, FEW), 1):
                where = f"Inner split {number} of fold '{fold.name}'"
                outside = np.setdiff1d(np.concatenate([fit, held]), rows)
                if len(outside):
                    raise PluginError(
                        f"{where} has {len(outside)} rows from outside the training part; cut `rows` alone."
                    )
                if len(np.intersect1d(fit, held)) or not len(fit) or not len(held):
                    raise PluginError(
                        f"{where} has an empty part, or a row in both parts; give disjoint, filled parts."
                    )
                require_whole(protocol, given, {"training": fit, "validation": held}, where)


def require_whole(protocol: Protocol, given: pd.DataFrame, parts: Mapping[str, Rows], where: str) -> None:
    """Raise where a value of a column that stays whole is in two parts."""
    for column in [name for name in protocol.groups if name in given]:
        values = {side: set(given[column].iloc[np.intersect1d(rows, given.index)]) for side, rows in parts.items()}
        for one, other in combinations(values, 2):
            both = sorted(values[one] & values[other])
            if both:
                raise PluginError(
                    f"{where} has windows of the {column} '{both[0]}' in its {one} and its {other} part, "
                    f"but the protocol keeps each {column} whole."
                )


def cutting_repeats(protocol: Protocol) -> None:
    """The same table gives the same folds again."""
    first, second = folds(protocol), folds(protocol)
    if [fold.name for fold in first] != [fold.name for fold in second]:
        raise PluginError("The folds have other names when asked again; draw from an option such as a seed.")
    for one, other in zip(first, second, strict=True):
        for side, rows in sides(one).items():
            if not np.array_equal(rows, sides(other)[side]):
                raise PluginError(
                    f"The {side} rows of fold '{one.name}' are others when asked again; "
                    "draw from an option such as a seed."
                )


def table_stays(protocol: Protocol) -> None:
    """The table that it is given is not changed."""
    given = table()
    list(protocol.folds(given))
    try:
        pd.testing.assert_frame_equal(given, table())
    except AssertionError:
        raise PluginError("It changes the table that it is given; work on a copy.") from None


CHECKS = (
    refusal_is_a_sentence,
    groups_are_columns,
    folds_have_names,
    rows_are_in_the_table,
    sides_are_filled,
    sides_are_disjoint,
    groups_stay_whole,
    inner_parts_are_inside,
    cutting_repeats,
    table_stays,
)
