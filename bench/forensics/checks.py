"""All checks of a table of results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from bench.forensics import averages, f1, granularity, priors, spreads, two_classes
from bench.forensics.interval import SLACK, Interval
from bench.forensics.row import Statement, named, percents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.forensics.row import ResultRow

FITTING = (f1.check, two_classes.within_rounding)  # checks of several values, which exchanged columns can fail
#: after which exchanged values are looked for; bounds of means are wide, and other values often fit them by chance
CHECKS_OF_EXCHANGES = ("f1", "equal", "macro-f1", "prevalence", "share")
ORDER = ("impossible", "warning", "implied")


@dataclass(frozen=True)
class Report:
    """What the rows of a table exclude and imply; what is impossible comes first."""

    statements: tuple[Statement, ...]

    @property
    def impossible(self) -> list[int]:
        """The lines of rows with something impossible."""
        return sorted({each.line for each in self.statements if each.level == "impossible" and each.line})

    @property
    def is_possible(self) -> bool:
        return not any(each.level == "impossible" for each in self.statements)


def report(rows: Sequence[ResultRow]) -> Report:
    found = [statement for row in rows for statement in of_row(row)]
    for overall, classes in groups(rows):
        found += averages.check(overall, classes)
    found += same_windows(rows)
    found += exchanged_columns(found)
    return Report(tuple(sorted(found, key=lambda each: (ORDER.index(each.level), each.line))))


def of_row(row: ResultRow) -> Iterator[Statement]:
    """The statements about one row. Values that are no share at all are left out of the other checks."""
    yield from sizes(row)
    outside = [metric for metric, score in row.scores.items() if not score.range.meets(Interval(0.0, 1.0))]
    for metric in outside:
        yield row.state("impossible", "limits", f"{row.shown(metric)} is not between 0 and 100 %.", metric)
    inside = replace(row, scores={metric: score for metric, score in row.scores.items() if metric not in outside})
    yield from granularity.check(inside)
    yield from f1.check(inside)
    yield from two_classes.check(inside)
    yield from exchanges(inside)
    yield from priors.check_balance(inside)
    yield from priors.check(inside)
    yield from spreads.check(inside)


def sizes(row: ResultRow) -> Iterator[Statement]:
    """The numbers of windows and folds against each other."""
    totals = {"n": row.n, "counts": sum(row.counts) or None, "fold_sizes": sum(row.fold_sizes) or None}
    known = {name: total for name, total in totals.items() if total}
    if len(set(known.values())) > 1:
        text = " and ".join(f"{name} {total:,}" for name, total in known.items())
        yield row.state("impossible", "counts", f"Numbers of all windows differ: {text}.")
    if row.support and row.windows and row.support > row.windows:
        text = f"The class has {row.support:,} windows, and all classes together have {row.windows:,}."
        yield row.state("impossible", "counts", text)
    if row.counts and row.classes and row.classes != len(row.counts):
        yield row.state("impossible", "counts", f"There are {len(row.counts)} counts for {row.classes} classes.")
    if row.folds and row.fold_sizes and row.folds != len(row.fold_sizes):
        yield row.state("impossible", "counts", f"There are {len(row.fold_sizes)} sizes for {row.folds} folds.")


def exchanges(row: ResultRow) -> Iterator[Statement]:
    """Pairs of columns that may be exchanged: with each other's values, the row is possible within rounding."""
    odd = misfits(row, CHECKS_OF_EXCHANGES)
    for one, other in combinations(row.scores, 2):
        if odd & {one, other} and not misfits(row.exchanged(one, other)):
            text = f"With {named(one)} and {named(other)} exchanged, the values go together within rounding."
            yield row.state("warning", "exchanged", text, one, other)


def misfits(row: ResultRow, checks: Sequence[str] = ()) -> set[str]:
    """The metrics whose values do not go together, by these checks or by any."""
    found = [each for check in FITTING for each in check(row) if each.level == "impossible"]
    return {metric for each in found if not checks or each.check in checks for metric in each.metrics}


def exchanged_columns(found: Sequence[Statement]) -> Iterator[Statement]:
    """Pairs of columns that are exchanged in several rows."""
    pairs = [each.metrics for each in found if each.check == "exchanged"]
    odd = {each.line for each in found if each.level == "impossible" and each.check in CHECKS_OF_EXCHANGES}
    for pair in dict.fromkeys(pairs):
        if (count := pairs.count(pair)) > 1:
            text = (
                f"Exchanging {named(pair[0])} and {named(pair[1])} makes the values of {count} of {len(odd)} rows go "
                "together within rounding, so the two columns may be under each other's header."
            )
            yield Statement("warning", "", "exchanged columns", text, metrics=pair)


def groups(rows: Sequence[ResultRow]) -> Iterator[tuple[ResultRow, list[ResultRow]]]:
    """Rows of averages, each with the rows of its classes: those with the same labels."""
    alike: dict[tuple[str, ...], list[ResultRow]] = {}
    for row in rows:
        if row.class_name:
            alike.setdefault(row.labels, []).append(row)
    for overall in rows:
        classes = alike.get(overall.labels, [])
        if not overall.class_name and len({row.class_name for row in classes}) == len(classes) > 1:
            yield overall, classes


def same_windows(rows: Sequence[ResultRow]) -> Iterator[Statement]:
    """Rows on the same windows have to imply the same share of a class."""
    implied: dict[tuple[str, str], list[tuple[ResultRow, Interval]]] = {}
    for row in rows:
        if row.data and row.class_name and (found := two_classes.prevalence_of(row)):
            implied.setdefault((row.data, row.class_name), []).append((row, found))
        elif row.data and not row.class_name and (found := two_classes.share_of(row)):
            implied.setdefault((row.data, ""), []).append((row, larger(found)))
    for (data, of_class), each in implied.items():
        lowest, highest = min(each, key=lambda one: one[1].high), max(each, key=lambda one: one[1].low)
        if lowest[1].high < highest[1].low - SLACK:
            what = f"the class {of_class}" if of_class else "the larger class"
            text = (
                f"{len(each)} rows are results on the same windows ({data}), but imply different shares of {what}: "
                f"{percents(lowest[1])} in {lowest[0].name}, {percents(highest[1])} in {highest[0].name}. "
                f"{two_classes.POOLED}"
            )
            yield Statement("impossible", "", "same windows", text)


def larger(share: Interval) -> Interval:
    """The share of the larger of two classes, one of which has this share."""
    if share.low >= 0.5:
        return share
    if share.high <= 0.5:
        return 1 - share
    return Interval(0.5, max(share.high, 1 - share.low))
