"""Checks of protocols, on the index table of `bench.checks.examples.windows`."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from bench.checks.declarations import refusal_is_a_sentence
from bench.checks.examples.windows import table
from bench.errors import PluginError
from bench.planning.folds import draw, group_codes, require_unsplit

if TYPE_CHECKING:
    from bench.api import Protocol

FEW = 3  # folds that are split again, and inner splits of each


def groups_are_columns(protocol: Protocol) -> None:
    """Its groups are columns of the index table."""
    for name in protocol.groups:
        if name not in ("subject", "session", "trial", "stimulus", "recording"):
            raise PluginError(
                f"Its groups contain '{name}'; the columns are subject, session, trial, stimulus and recording."
            )


def folds_can_be_used(protocol: Protocol) -> None:
    """Folds are those that a run accepts: disjoint, unsplit groups, each row tested once, the same in each call."""
    if not draw(protocol, table()):
        raise PluginError("It yields no fold.")


def inner_splits_are_inside(protocol: Protocol) -> None:
    """Inner splits divide the training part alone, into disjoint parts, with the same groups."""
    whole = table()
    for fold in islice(protocol.folds(table()), FEW):
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
                require_unsplit(group_codes(protocol, given), {"training": fit, "validation": held}, where)


CHECKS = (
    refusal_is_a_sentence,
    groups_are_columns,
    folds_can_be_used,
    inner_splits_are_inside,
)
