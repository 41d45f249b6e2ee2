"""Rows of two classes: bounds, implied prevalence, and confusion matrices with the known counts."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from bench.forensics.matrices import OF_BOTH_CLASSES, matrices, too_many
from bench.forensics.prevalence import errors, prevalence_range
from bench.forensics.row import OF_CLASS, percent, percents
from bench.forensics.shares import least_macro_f1, share_range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.forensics.interval import Interval
    from bench.forensics.row import ResultRow, Statement

POOLED = "Mean values over folds can be like that; add the column folds if these are such."
OF_ONE_CLASS = ("accuracy", "precision", "recall")
OF_BOTH = ("accuracy", "macro_f1", "weighted_f1")


def check(row: ResultRow) -> Iterator[Statement]:
    if not row.binary:
        return
    found = list(within_rounding(row))
    yield from found
    if row.pooled and not any(each.level == "impossible" for each in found):
        yield from with_counts(row)


def within_rounding(row: ResultRow) -> Iterator[Statement]:
    """The checks that take shares of windows as any numbers, not only those of whole windows."""
    if row.binary:
        yield from macro_bounds(row)
    if row.binary and row.pooled:
        yield from class_prevalence(row)
        yield from class_shares(row)


def macro_bounds(row: ResultRow) -> Iterator[Statement]:
    """Of two classes, macro-F1 is at most the accuracy a and at least a / (1 + a); a mean over folds, a / 2."""
    if not (found := row.ranges("accuracy", "macro_f1")):
        return
    accuracy, macro_f1 = found
    least, formula = (
        (least_macro_f1(accuracy.low), "accuracy / (1 + accuracy)")
        if row.pooled
        else (accuracy.low / 2, "accuracy / 2")
    )
    if macro_f1.low > accuracy.high + 1e-9:
        text = f"Macro-F1 of two classes is at most the accuracy, but {row.shown('accuracy', 'macro_f1')} are printed."
    elif macro_f1.high < least - 1e-9:
        text = (
            f"Macro-F1 of two classes is at least {formula}, {percent(least)}, but "
            f"{row.shown('accuracy', 'macro_f1')} are printed."
        )
    else:
        return
    yield row.state("impossible", "macro-f1", text, "accuracy", "macro_f1")


def prevalence_of(row: ResultRow) -> Interval | None:
    """The prevalence of the class that the row implies."""
    found = row.ranges(*OF_ONE_CLASS) if row.class_name and row.binary and row.pooled else None
    return prevalence_range(*found) if found else None


def class_prevalence(row: ResultRow) -> Iterator[Statement]:
    ranges = row.ranges(*OF_ONE_CLASS)
    if not ranges or not row.class_name:
        return
    found, counts = prevalence_of(row), row.two_counts
    if found is None:
        text = f"No prevalence of the class gives {row.shown(*OF_ONE_CLASS)}. {POOLED}"
        yield row.state("impossible", "prevalence", text, *OF_ONE_CLASS)
        return
    implied = f"{row.shown(*OF_ONE_CLASS)} imply that {percents(found)} of the windows are of the class"
    if counts and not found.meets(share := counts[0] / sum(counts)):
        _, precision, recall = ranges
        accuracy = (1 - share * errors(precision, recall)).within(0.0, 1.0)
        text = (
            f"{implied}, but the counts say {percent(share)}. With this precision, this recall and these counts, "
            f"accuracy is {percents(accuracy)}. {POOLED}"
        )
        yield row.state("impossible", "prevalence", text, *OF_ONE_CLASS)
    else:
        yield row.state("implied", "prevalence", f"{implied}.", *OF_ONE_CLASS)


def share_of(row: ResultRow) -> Interval | None:
    """The share of the class with the higher F1 that the row implies."""
    found = row.ranges(*OF_BOTH) if row.binary and row.pooled else None
    return share_range(*found) if found else None


def class_shares(row: ResultRow) -> Iterator[Statement]:
    if not row.ranges(*OF_BOTH) or row.class_name:
        return
    found, counts = share_of(row), row.two_counts
    if found is None:
        text = f"No shares of the two classes give {row.shown(*OF_BOTH)}. {POOLED}"
        yield row.state("impossible", "share", text, *OF_BOTH)
        return
    implied = f"{row.shown(*OF_BOTH)} imply that the class with the higher F1 has {percents(found)} of the windows"
    if counts and not any(found.meets(count / sum(counts)) for count in counts):
        low, high = sorted(count / sum(counts) for count in counts)
        text = f"{implied}, but the counts say {percent(low)} and {percent(high)}. {POOLED}"
        yield row.state("impossible", "share", text, *OF_BOTH)
    else:
        yield row.state("implied", "share", f"{implied}.", *OF_BOTH)


def with_counts(row: ResultRow) -> Iterator[Statement]:
    """Whether whole numbers of windows in each cell of a confusion matrix give all values."""
    if not (counts := row.two_counts):
        return
    of_class = OF_CLASS if row.class_name else ()
    metrics = [name for name in ("accuracy", *of_class, *OF_BOTH_CLASSES) if name in row.scores]
    ranges = {name: found for name in metrics if (found := row.range(name))}
    if len(metrics) < 2 or too_many(counts[0], ranges):
        return
    fitting = list(islice(matrices(*counts, ranges), 2))
    classes = f"{counts[0]:,} and {counts[1]:,} windows"
    if not fitting:
        text = f"No confusion matrix of two classes with {classes} gives {row.shown(*metrics)}. {POOLED}"
        yield row.state("impossible", "matrix", text, *metrics)
    elif len(fitting) == 1 and fitting[0][1] == fitting[0][2]:
        true, false, _ = fitting[0]
        text = (
            f"One confusion matrix of {classes} gives {row.shown(*metrics)}: {true:,} and {counts[1] - false:,} are "
            f"classified correctly, {counts[0] - true:,} and {false:,} are not."
        )
        yield row.state("implied", "matrix", text, *metrics)
