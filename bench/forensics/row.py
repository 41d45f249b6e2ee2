"""A row of a table of results, with the range of each value before it was rounded, and what is said about a row."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.forensics.interval import Interval

Level = Literal["impossible", "warning", "implied"]
AVERAGES = ("macro", "weighted", "micro")
OF_CLASS = ("precision", "recall", "f1")
METRICS = ("accuracy", *OF_CLASS, *(f"{average}_{metric}" for average in AVERAGES for metric in OF_CLASS))
#: with one label per window, these are the accuracy: the share of windows that are classified correctly
ACCURACIES = ("accuracy", "weighted_recall", "micro_precision", "micro_recall", "micro_f1")


@dataclass(frozen=True)
class Statement:
    """Something that the printed values of a row exclude or imply."""

    level: Level
    row: str
    check: str
    text: str
    line: int = 0
    metrics: tuple[str, ...] = ()  # whose values are involved


@dataclass(frozen=True)
class Score:
    """A printed value, as a share."""

    text: str  # as printed
    range: Interval  # before rounding; not limited to 0..1

    @property
    def value(self) -> float:
        return self.range.middle


@dataclass(frozen=True)
class Spread:
    """What is printed about the variation of a value, as shares."""

    low: Score | None = None
    high: Score | None = None
    half_width: Score | None = None
    sd: Score | None = None


@dataclass(frozen=True)
class ResultRow:
    """A row: its printed values, and what is known about the windows."""

    name: str
    line: int = 0
    scores: Mapping[str, Score] = field(default_factory=dict)
    spreads: Mapping[str, Spread] = field(default_factory=dict)  # of metrics
    labels: tuple[str, ...] = ()  # cells of other columns; rows that differ only in their class belong together
    class_name: str = ""  # the class of precision, recall and F1
    data: str = ""  # rows with the same name here are results on the same windows
    n: int | None = None
    support: int | None = None  # windows of the class
    counts: tuple[int, ...] = ()  # windows of each class
    classes: int | None = None
    folds: int | None = None
    fold_sizes: tuple[int, ...] = ()

    @property
    def pooled(self) -> bool:
        """Whether the values are of one confusion matrix. With several folds, they may be means over folds."""
        return (self.number_of_folds or 1) == 1

    @property
    def number_of_folds(self) -> int | None:
        return self.folds or len(self.fold_sizes) or None

    @property
    def windows(self) -> int | None:
        return self.n or sum(self.counts) or sum(self.fold_sizes) or None

    @property
    def number_of_classes(self) -> int | None:
        return self.classes or len(self.counts) or None

    @property
    def binary(self) -> bool:
        return self.number_of_classes == 2

    @property
    def two_counts(self) -> tuple[int, int] | None:
        """Windows of the class (of any class where the row is of none) and of the other one."""
        if not self.binary or not self.windows:
            return None
        if self.support:
            return (self.support, self.windows - self.support) if self.support < self.windows else None
        return (self.counts[0], self.counts[1]) if self.counts and not self.class_name else None

    @property
    def largest_class(self) -> int | None:
        """How many windows the most frequent class has."""
        return max(self.counts or self.two_counts or (), default=None)

    def range(self, metric: str) -> Interval | None:
        """What rounding allows, inside 0..1."""
        return self.scores[metric].range.within(0.0, 1.0) if metric in self.scores else None

    def ranges(self, *metrics: str) -> list[Interval] | None:
        """The ranges of these metrics, or None if one of them is not printed."""
        found = [found for metric in metrics if (found := self.range(metric))]
        return found if len(found) == len(metrics) else None

    def shown(self, *metrics: str) -> str:
        """Printed values with their names, as in `accuracy 84.13 and macro-F1 81.13`."""
        texts = [f"{named(metric)} {self.scores[metric].text}" for metric in metrics]
        return " and ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))

    def exchanged(self, one: str, other: str) -> ResultRow:
        """The row with the values of two metrics exchanged."""
        scores = dict(self.scores)
        scores[one], scores[other] = scores[other], scores[one]
        return replace(self, scores=scores)

    def state(self, level: Level, check: str, text: str, *metrics: str) -> Statement:
        return Statement(level, self.name, check, text[0].upper() + text[1:], self.line, metrics)


def named(metric: str) -> str:
    """A metric as it is called in a sentence."""
    average, _, of_class = metric.rpartition("_")
    word = "F1" if of_class == "f1" else of_class
    return f"{average}-{word}" if average else word


def percent(value: float, digits: int = 2) -> str:
    return f"{100 * value:.{digits}f} %"


def percents(found: Interval, digits: int = 2) -> str:
    """A range as rounded per cent, one number where both ends are the same."""
    low, high = f"{100 * found.low:.{digits}f}", f"{100 * found.high:.{digits}f}"
    return f"{low} %" if low == high else f"{low} to {high} %"
