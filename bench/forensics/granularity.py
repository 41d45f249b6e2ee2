"""Whether a rounded share can be that of a whole number of windows, or a mean of such shares over folds."""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import ceil, floor, lcm, prod
from typing import TYPE_CHECKING

from bench.forensics.interval import SLACK, Interval
from bench.forensics.row import ACCURACIES, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.forensics.row import ResultRow, Statement

MOST_SUMS = 20_000  # that are tried one by one
FINEST = 10**9  # steps between 0 and 1, below which a printed value is always near one


def check(row: ResultRow) -> Iterator[Statement]:
    sizes = (row.windows,) if row.pooled and row.windows else row.fold_sizes
    for metric in ACCURACIES:
        if (found := row.range(metric)) and sizes and not mean_of_shares(found, sizes):
            yield row.state("impossible", "granularity", sentence(row, metric, sizes), metric)
    recall = row.range("recall")
    if recall and row.pooled and row.class_name and row.support and not mean_of_shares(recall, (row.support,)):
        yield row.state("impossible", "granularity", sentence(row, "recall", (row.support,)), "recall")


def sentence(row: ResultRow, metric: str, sizes: Sequence[int]) -> str:
    printed = row.shown(metric)
    if len(sizes) > 1:
        return f"{printed} is not the mean of shares of whole windows over {len(sizes)} folds of these sizes."
    n, value = sizes[0], row.scores[metric].value
    below = floor(value * n)
    return (
        f"{printed} is not the share of a whole number of {n:,} windows: {below:,} are {percent(below / n, 3)} and "
        f"{below + 1:,} are {percent((below + 1) / n, 3)}."
    )


def mean_of_shares(mean: Interval, sizes: Sequence[int]) -> bool:
    """Whether the range contains a mean of shares k / n over folds of these sizes.

    Folds of one size count as one fold. All sums but one are tried, and the last one has to be whole. Where there are
    too many sums, any multiple of the finest step is taken as possible.
    """
    total = Interval(mean.low * len(sizes), mean.high * len(sizes))
    folds = sorted((size * many, size) for size, many in Counter(sizes).items())
    *others, (most, size) = folds
    if prod(count + 1 for count, _ in others) > MOST_SUMS:
        steps = lcm(*(size for _, size in folds))
        return steps > FINEST or whole_between(total, steps)
    for windows in product(*(range(count + 1) for count, _ in others)):
        rest = total - sum(correct / each for correct, (_, each) in zip(windows, others, strict=True))
        if rest.meets(Interval(0.0, most / size)) and whole_between(rest.within(0.0, most / size), size):
            return True
    return False


def whole_between(found: Interval, size: int) -> bool:
    """Whether a whole number of `size` windows is a share in the range."""
    slack = SLACK * max(size, 1)
    return floor(found.high * size + slack) >= ceil(found.low * size - slack)
