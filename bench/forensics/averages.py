"""Rows of classes against the row of their averages: which average is printed, and whether the rows go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.forensics.interval import Interval
from bench.forensics.prevalence import harmonic
from bench.forensics.row import AVERAGES, OF_CLASS, named, percents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.forensics.row import ResultRow, Statement


def check(overall: ResultRow, classes: Sequence[ResultRow]) -> Iterator[Statement]:
    """`classes` has one row for each class."""
    supports = supports_of(classes)
    if overall.number_of_classes not in (None, len(classes)) or (
        supports and overall.windows not in (None, sum(supports))
    ):
        return  # a class has no row
    pooled = overall.pooled and all(row.pooled for row in classes)
    if pooled:
        yield from overall_accuracy(overall, classes)
        yield from predictions(overall, classes)
    for metric in OF_CLASS:
        found = averages(metric, classes)
        if (accuracy := overall.range("accuracy")) and "micro" not in found:
            found["micro"] = accuracy
        yield from unnamed(overall, metric, found, classes, pooled=pooled)
        yield from with_name(overall, metric, found, pooled=pooled)


def averages(metric: str, classes: Sequence[ResultRow]) -> dict[str, Interval]:
    """The averages over classes of a metric, as far as the rows have what they need."""
    found: dict[str, Interval] = {}
    values = [row.range(metric) for row in classes]
    known = [value for value in values if value]
    if len(known) == len(classes):
        found["macro"] = mean(known, [1] * len(known))
        if supports := supports_of(classes):
            found["weighted"] = mean(known, supports)
    if accuracy := accuracy_of(classes):
        found["micro"] = accuracy
    if metric == "f1":
        parts = [averages(each, classes).get("macro") for each in ("precision", "recall")]
        if parts[0] and parts[1]:
            found["harmonic"] = harmonic(parts[0], parts[1])
    return found


def mean(values: Sequence[Interval], weights: Sequence[int]) -> Interval:
    total = Interval(0.0, 0.0)
    for value, weight in zip(values, weights, strict=True):
        total += value * (weight / sum(weights))
    return total


def supports_of(classes: Sequence[ResultRow]) -> list[int] | None:
    found = [row.support for row in classes if row.support]
    return found if len(found) == len(classes) else None


def accuracy_of(classes: Sequence[ResultRow]) -> Interval | None:
    """The share of all windows that are classified correctly: the mean of recalls, weighted by windows."""
    supports, recalls = supports_of(classes), [found for row in classes if (found := row.range("recall"))]
    return mean(recalls, supports) if supports and len(recalls) == len(classes) else None


def overall_accuracy(overall: ResultRow, classes: Sequence[ResultRow]) -> Iterator[Statement]:
    printed, found = overall.range("accuracy"), accuracy_of(classes)
    if printed and found and not printed.meets(found):
        text = (
            f"{overall.shown('accuracy')} is printed, but recall and number of windows of each class give "
            f"{percents(found)}."
        )
        yield overall.state("impossible", "average", text, "accuracy")


def predictions(overall: ResultRow, classes: Sequence[ResultRow]) -> Iterator[Statement]:
    """The predictions of all classes, from recall and precision, add up to the number of windows."""
    supports = supports_of(classes)
    if not supports:
        return
    windows, total = sum(supports), Interval(0.0, 0.0)
    for row, support in zip(classes, supports, strict=True):
        recall, precision = row.range("recall"), row.range("precision")
        if not recall or not precision:
            return
        total += (recall * support / precision).within(0.0, windows)
    if not total.meets(windows):
        text = (
            f"Recall times windows, divided by precision, is how often a class is predicted. Over the {len(classes)} "
            f"classes that adds up to {total.low:,.0f} to {total.high:,.0f} predictions, for {windows:,} windows."
        )
        yield overall.state("impossible", "average", text, "precision", "recall")


def unnamed(
    overall: ResultRow, metric: str, found: Mapping[str, Interval], classes: Sequence[ResultRow], *, pooled: bool
) -> Iterator[Statement]:
    """Which average a value is whose column does not say so. It may also be that of one class."""
    printed = overall.range(metric)
    if not printed or not set(found) - {"micro"}:
        return
    fitting = [words(name) for name, value in found.items() if value.meets(printed)] or [
        f"value of {row.class_name}" for row in classes if (value := row.range(metric)) and value.meets(printed)
    ]
    all_known = {"macro", "weighted", "micro"} <= set(found) and (metric != "f1" or "harmonic" in found)
    listed = "; ".join(f"{words(name)} {percents(value)}" for name, value in found.items())
    if fitting:
        text = f"{overall.shown(metric)} is the {' or the '.join(fitting)} ({listed})."
        yield overall.state("implied", "average", text, metric)
    elif all_known and pooled:
        text = f"{overall.shown(metric)} is no average of the classes ({listed})."
        yield overall.state("impossible", "average", text, metric)
    else:
        text = f"{overall.shown(metric)} is none of the averages that can be computed from the classes ({listed})."
        yield overall.state("warning", "average", text, metric)


def with_name(overall: ResultRow, metric: str, found: Mapping[str, Interval], *, pooled: bool) -> Iterator[Statement]:
    """Whether an average whose column says which one it is can be that of the classes."""
    for average in AVERAGES:
        column = f"{average}_{metric}"
        printed, value = overall.range(column), found.get(average)
        if not printed or not value or value.meets(printed):
            continue
        if average != "macro" and not pooled:  # the number of windows of a class may differ between folds
            continue
        if average == "macro" and metric == "f1" and "harmonic" in found and found["harmonic"].meets(printed):
            text = f"{overall.shown(column)} is the {words('harmonic')}, not the mean of F1 over classes."
            yield overall.state("warning", "average", text, column)
            continue
        others = [words(name) for name, other in found.items() if other.meets(printed)]
        hint = f"; the {' or the '.join(others)} would fit" if others else ""
        text = f"The {named(column)} of the classes is {percents(value)}, not {overall.scores[column].text}{hint}."
        yield overall.state("impossible", "average", text, column)


def words(average: str) -> str:
    names = {"macro": "macro average", "weighted": "weighted average", "micro": "micro average"}
    return names.get(average, "harmonic mean of macro-precision and macro-recall")
