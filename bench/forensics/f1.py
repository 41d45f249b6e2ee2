"""F1 against precision and recall, and values that are the same by definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.forensics.prevalence import harmonic
from bench.forensics.row import ACCURACIES, percents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.forensics.row import ResultRow, Statement


def check(row: ResultRow) -> Iterator[Statement]:
    yield from harmonic_mean(row)
    yield from equal(row)


def harmonic_mean(row: ResultRow) -> Iterator[Statement]:
    """F1 of one class is the harmonic mean of its precision and recall; a mean of F1 lies between two bounds.

    The harmonic mean is concave and, between 0 and 1, at least P + R - 1. So a mean of F1 over classes or folds is
    neither above the harmonic mean of mean precision and mean recall, nor below their sum minus one.
    """
    for average in ("", "macro_", "weighted_"):
        metrics = tuple(f"{average}{metric}" for metric in ("precision", "recall", "f1"))
        if not (found := row.ranges(*metrics)):
            continue
        precision, recall, f1 = found
        highest, lowest = harmonic(precision, recall), (precision + recall - 1).within(0.0, 1.0)
        if row.class_name and row.pooled and not average:
            if not f1.meets(highest):
                text = (
                    f"F1 of one class is the harmonic mean of precision and recall, {percents(highest)}, but "
                    f"{row.shown(*metrics)} are printed."
                )
                yield row.state("impossible", "f1", text, *metrics)
        elif f1.low > highest.high + 1e-9 or f1.high < lowest.low - 1e-9:
            text = (
                f"A mean of F1 over classes or folds lies between P + R - 1 and the harmonic mean of P and R, here "
                f"between {100 * lowest.low:.2f} and {100 * highest.high:.2f} %, but {row.shown(*metrics)} are printed."
            )
            yield row.state("impossible", "mean f1", text, *metrics)


def equal(row: ResultRow) -> Iterator[Statement]:
    """Weighted recall and all micro averages are the accuracy, if each window has one label."""
    printed = [metric for metric in ACCURACIES if metric in row.scores]
    for metric in printed[1:]:
        first, other = row.range(printed[0]), row.range(metric)
        if first and other and not first.meets(other):
            text = (
                f"{row.shown(printed[0], metric)} are printed, but with one label per window both are the share of "
                "windows that are classified correctly."
            )
            yield row.state("impossible", "equal", text, printed[0], metric)
