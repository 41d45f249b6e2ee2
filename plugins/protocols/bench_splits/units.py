"""What a protocol keeps whole, as numbers: windows, trials, people or stimuli."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, StratifiedGroupKFold

from bench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from bench.api import Array, Rows

    Flags = npt.NDArray[np.bool_]

FIFTHS = 5  # shares by rank that numbers are spread by


def numbers(table: pd.DataFrame, columns: Sequence[str], rows: Rows | None = None) -> Rows:
    """The unit of each row: 0, 1, ... in the sorted order of the columns' values."""
    units = np.zeros(0, dtype=np.intp)
    for position, column in enumerate(columns):
        cells = table[column] if rows is None else table[column].take(rows)
        codes, values = pd.factorize(cells, sort=True)
        units = pd.factorize(units * len(values) + codes, sort=True)[0] if position else codes
    return units


def size(units: Rows) -> int:
    """How many units there are."""
    return int(units.max(initial=-1)) + 1


def dealt(units: Rows, parts: int, seed: int) -> Iterator[Flags]:
    """Units dealt out at random into parts of equal size; for each part, which rows are in it.

    scikit-learn's KFold over the units, which is its shuffled GroupKFold over the rows, but faster.
    """
    for _, members in KFold(parts, shuffle=True, random_state=seed).split(np.arange(size(units))):
        inside = np.zeros(size(units), dtype=bool)
        inside[members] = True
        yield inside[units]


def part_of(units: Rows, parts: int, seed: int) -> Rows:
    """The part (from 0) of each row when units are dealt out."""
    part = np.empty(len(units), dtype=np.intp)
    for number, inside in enumerate(dealt(units, parts, seed)):
        part[inside] = number
    return part


def spread(units: Rows, strata: Rows, parts: int, seed: int) -> Rows:
    """The part (from 0) of each row: units are shuffled, then dealt round by round, one stratum after another."""
    first = np.unique(units, return_index=True)[1]  # a unit is of the stratum of its first row
    shuffled = np.random.default_rng(seed).permutation(len(first))
    order = shuffled[np.argsort(strata[first][shuffled], kind="stable")]
    part = np.empty(len(first), dtype=np.intp)
    part[order] = np.arange(len(first)) % parts
    return part[units]


def is_number(labels: pd.Series[Any]) -> bool:
    """Whether the target is a number, and labels are no classes."""
    return bool(labels.dtype.kind == "f")


def in_order(units: Rows, people: Rows, labels: Array, size: int) -> Rows:
    """The stratum of each row: units of a person in order of their number, so many to a stratum."""
    first = np.unique(units, return_index=True)[1]
    place = pd.Series(labels[first]).groupby(people[first]).rank(method="first").to_numpy(np.intp) - 1
    return np.asarray((people[first] * len(first) + place // size)[units])


def in_turn(people: Rows, labels: Rows) -> Rows:
    """The stratum of each row: each person's classes one after another, the next person's beginning with another one.

    If all began with the same, people with as many trials as there are parts would have it in the same parts.
    """
    classes = size(labels)
    return people * classes + (labels + people) % classes


def fifths(labels: Array, parts: int) -> Rows:
    """Numbers as classes: fifths by rank, or fewer shares where each would have fewer windows than there are parts."""
    shares = int(np.clip(len(labels) // parts, 1, FIFTHS))
    return np.searchsorted(np.quantile(labels, np.arange(1, shares) / shares), labels)


def stratified(labels: Array, units: Rows, parts: int, seed: int) -> Rows:
    """The part (from 0) of each row: units stay whole, and classes are spread as evenly as units allow.

    Of numbers, fifths are spread.
    """
    labels = fifths(labels, parts) if labels.dtype.kind == "f" else labels
    largest = int(np.bincount(labels).max(initial=0))
    if largest < parts:
        raise UsageError(
            f"The classes cannot be spread over {parts} parts, since none has more windows than {largest}: "
            "cut into fewer parts, or choose a protocol that does not stratify."
        )
    part = np.empty(len(units), dtype=np.intp)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # one class may well be in fewer windows than there are parts
        splits = StratifiedGroupKFold(parts, shuffle=True, random_state=seed).split(units, labels, units)
        for number, (_, held) in enumerate(splits):
            part[held] = number
    return part


def require(protocol: str, option: str, k: int, count: int, what: str) -> None:
    """Refuse to cut `count` units into `k` parts where that cannot be done."""
    if count < 2:
        raise UsageError(f"{protocol} needs at least 2 {what}, but there is {count}: use more data, or kfold-trial.")
    if k < 2:
        raise UsageError(f"{protocol} needs at least 2 parts, but {option} is {k}: set -o protocol.{option}=2 or more.")
    if k > count:
        raise UsageError(
            f"{protocol} cannot cut {count} {what} into {k} parts: set -o protocol.{option}={count} or lower."
        )


def require_stimuli(protocol: str, table: pd.DataFrame) -> None:
    """Refuse a table in which not every window has a stimulus."""
    without = int((table["stimulus"] == "").sum())
    if not len(table) or without == len(table):
        raise UsageError(
            f"{protocol} needs to know what was shown, but this data set names no stimuli: "
            "choose subject-independent or kfold-trial."
        )
    if without:
        raise UsageError(
            f"{protocol} needs a stimulus for every window, but {without} of {len(table)} have none: "
            "choose a target that labels only windows with a stimulus, or subject-independent."
        )


def fold_name(number: int, repeat: int, repeats: int) -> str:
    """Such as "fold-03", or "r2-fold-03" where there are repeats; all are counted from 1."""
    name = f"fold-{number + 1:02d}"
    return f"r{repeat + 1}-{name}" if repeats > 1 else name
