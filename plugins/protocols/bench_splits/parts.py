"""Division of groups into parts, at random or stratified."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, StratifiedGroupKFold

from bench.errors import UsageError
from bench_splits.groups import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from bench.api import Array, Rows

    Mask = npt.NDArray[np.bool_]

BINS = 5  # quantile bins by which regression targets are stratified


def kfold_masks(groups: Rows, parts: int, seed: int) -> Iterator[Mask]:
    """For each of several random parts of equal size, which rows are in it.

    scikit-learn's KFold over the groups, which equals its shuffled GroupKFold over the rows but is faster.
    """
    for _, members in KFold(parts, shuffle=True, random_state=seed).split(np.arange(count(groups))):
        inside = np.zeros(count(groups), dtype=bool)
        inside[members] = True
        yield inside[groups]


def kfold_parts(groups: Rows, parts: int, seed: int) -> Rows:
    """The random part (from 0) of each row."""
    found = np.empty(len(groups), dtype=np.intp)
    for number, inside in enumerate(kfold_masks(groups, parts, seed)):
        found[inside] = number
    return found


def spread_parts(groups: Rows, strata: Rows, parts: int, seed: int) -> Rows:
    """The part (from 0) of each row: shuffled groups are dealt to the parts in turn, stratum by stratum."""
    first = np.unique(groups, return_index=True)[1]  # a group has the stratum of its first row
    shuffled = np.random.default_rng(seed).permutation(len(first))
    order = shuffled[np.argsort(strata[first][shuffled], kind="stable")]
    found = np.empty(len(first), dtype=np.intp)
    found[order] = np.arange(len(first)) % parts
    return found[groups]


def stratified_parts(labels: Array, groups: Rows, parts: int, seed: int) -> Rows:
    """The part (from 0) of each row, with classes (or bins of a regression target) spread as evenly as groups allow."""
    labels = quantile_bins(labels, parts) if labels.dtype.kind == "f" else labels
    largest = int(np.bincount(labels).max(initial=0))
    if largest < parts:
        raise UsageError(
            f"Classes cannot be spread over {parts} parts, because the largest has {largest} windows: "
            "use fewer parts, or a protocol that does not stratify."
        )
    found = np.empty(len(groups), dtype=np.intp)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class may have fewer windows than there are parts
        splits = StratifiedGroupKFold(parts, shuffle=True, random_state=seed).split(groups, labels, groups)
        for number, (_, test) in enumerate(splits):
            found[test] = number
    return found


def is_regression(labels: pd.Series[Any]) -> bool:
    """Whether labels are values of a regression target."""
    return bool(labels.dtype.kind == "f")


def strata_by_rank(groups: Rows, subjects: Rows, labels: Array, size: int) -> Rows:
    """The stratum of each row: `size` groups of one subject with neighbouring values of a regression target."""
    first = np.unique(groups, return_index=True)[1]
    rank = pd.Series(labels[first]).groupby(subjects[first]).rank(method="first").to_numpy(np.intp) - 1
    return np.asarray((subjects[first] * len(first) + rank // size)[groups])


def strata_by_class(subjects: Rows, labels: Rows) -> Rows:
    """The stratum of each row: subject and class, with the order of classes rotated from subject to subject.

    In a fixed order, subjects with as many trials as there are parts would have the first class in the same parts.
    """
    classes = count(labels)
    return subjects * classes + (labels + subjects) % classes


def quantile_bins(labels: Array, parts: int) -> Rows:
    """Bins of a regression target: five, or fewer if a bin would have fewer windows than there are parts."""
    bins = int(np.clip(len(labels) // parts, 1, BINS))
    return np.searchsorted(np.quantile(labels, np.arange(1, bins) / bins), labels)
