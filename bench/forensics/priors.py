"""Values that predictions reach without a look at the signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.forensics.interval import SLACK
from bench.forensics.prevalence import always
from bench.forensics.row import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.forensics.interval import Interval
    from bench.forensics.row import ResultRow, Statement


def check(row: ResultRow) -> Iterator[Statement]:
    """Accuracy, F1 of a class and macro-recall against what always predicting one class achieves."""
    total = row.windows
    if total and row.largest_class and (accuracy := row.range("accuracy")):
        majority = row.largest_class / total
        yield from against(row, "accuracy", accuracy, majority, "always predicting the most frequent class")
    if total and row.class_name and row.support and (f1 := row.range("f1")):
        yield from against(row, "f1", f1, always(row.support / total).f1, "always predicting the class")
    if row.number_of_classes and (recall := row.range("macro_recall")):
        yield from against(row, "macro_recall", recall, 1 / row.number_of_classes, "always predicting one class")


def check_balance(row: ResultRow) -> Iterator[Statement]:
    """Macro-recall against the lowest and the highest that the accuracy and the counts allow."""
    found = row.ranges("accuracy", "macro_recall")
    if not found or not row.counts or not row.pooled:
        return
    accuracy, recall = found
    lowest = balanced(accuracy.low, sorted(row.counts, reverse=True))
    highest = balanced(accuracy.high, sorted(row.counts))
    if recall.high < lowest - SLACK or recall.low > highest + SLACK:
        text = (
            f"{row.shown('accuracy', 'macro_recall')} are printed, but with these counts and this accuracy, "
            f"macro-recall lies between {percent(lowest)} and {percent(highest)}."
        )
        yield row.state("impossible", "balance", text, "accuracy", "macro_recall")


def balanced(accuracy: float, counts: Sequence[int]) -> float:
    """The macro-recall where the windows that are classified correctly are those of the first classes."""
    left, total = accuracy * sum(counts), 0.0
    for count in counts:
        total += min(left, count) / count
        left = max(left - count, 0.0)
    return total / len(counts)


def against(row: ResultRow, metric: str, found: Interval, trivial: float, how: str) -> Iterator[Statement]:
    if found.low <= trivial:
        than = "below" if found.high < trivial else "not above"
        text = f"{row.shown(metric)} is {than} what {how} achieves, {percent(trivial)}."
        yield row.state("warning", "class prior", text, metric)
