"""Confusion matrices of two classes with known counts: whether one of them gives all printed values."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

from bench.forensics.interval import SLACK, Interval
from bench.forensics.row import AVERAGES, OF_CLASS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST = 50_000  # counts of true positives that are tried
OF_BOTH_CLASSES = tuple(f"{average}_{metric}" for average in AVERAGES[:2] for metric in OF_CLASS)


def matrices(support: int, others: int, ranges: Mapping[str, Interval]) -> Iterator[tuple[int, int, int]]:
    """The true positives with the lowest and the highest number of false positives that give values in the ranges.

    For a number of true positives, every metric falls or stays with each false positive, so that the range of a metric
    allows one stretch of their numbers.
    """
    found = counts_between(ranges.get("recall", Interval(0.0, 1.0)), support, support)
    for true in found:
        low, high = 0, others
        for metric, allowed in ranges.items():
            if metric == "recall":
                continue
            low, high = stretch(metric, allowed, (true, support, others), (low, high))
            if low > high:
                break
        else:
            yield true, low, high


def too_many(support: int, ranges: Mapping[str, Interval]) -> bool:
    return len(counts_between(ranges.get("recall", Interval(0.0, 1.0)), support, support)) > MOST


def counts_between(share: Interval, size: int, most: int) -> range:
    slack = SLACK * max(size, 1)
    return range(max(0, ceil(share.low * size - slack)), min(most, floor(share.high * size + slack)) + 1)


def stretch(metric: str, allowed: Interval, counts: tuple[int, int, int], limits: tuple[int, int]) -> tuple[int, int]:
    """The numbers of false positives between the limits at which the metric is in its range."""
    true, support, others = counts

    def first(threshold: float) -> int:
        """The lowest number at which the metric is no higher than this; one above the limits if there is none."""
        low, high = limits[0], limits[1] + 1
        while low < high:
            middle = (low + high) // 2
            if value(metric, true, middle, support, others) <= threshold:
                high = middle
            else:
                low = middle + 1
        return low

    return first(allowed.high + SLACK), first(allowed.low - SLACK) - 1


def value(metric: str, true: int, false: int, support: int, others: int) -> float:
    """A metric of the matrix with these true and false positives; a ratio of nothing to nothing is zero."""
    if metric == "accuracy":
        return (true + others - false) / (support + others)
    average, _, of_class = metric.rpartition("_")
    own = of_one_class(of_class, true, false, support)
    if not average:
        return own
    other = of_one_class(of_class, others - false, support - true, others)
    share = 0.5 if average == "macro" else support / (support + others)
    return share * own + (1 - share) * other


def of_one_class(metric: str, true: int, false: int, support: int) -> float:
    if metric == "recall":
        return true / support if support else 0.0
    if metric == "precision":
        return true / (true + false) if true + false else 0.0
    return 2 * true / (true + false + support) if true + false + support else 0.0
