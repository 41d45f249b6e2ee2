"""Rows of one comparison: the same windows and folds, so that they can be tested against each other in pairs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.evaluation.intervals import Interval, t_interval

if TYPE_CHECKING:
    from collections.abc import Iterable

Summary = dict[str, Any]
FEWEST_FOLDS = 3  # from two folds an interval says nothing


SEVERITY = ("clean", "transductive", "leaky")


@dataclass(frozen=True)
class Row:
    """A summary and how it compares with the others."""

    summary: Summary
    beats: str  # whether it beats the trivial baselines: yes, no, or in which metric only
    gain: Interval | None  # accuracy over the best single modality of the same model, per person

    @property
    def baseline(self) -> bool:
        return bool(self.summary["baseline"])


@dataclass(frozen=True)
class Comparison:
    """All rows that can be compared."""

    rows: list[Row]

    @property
    def first(self) -> Summary:
        return self.rows[0].summary

    @property
    def gravest(self) -> Summary:
        """The row that the audit believes least; rows differ where steps are for some modalities."""
        return max((row.summary for row in self.rows), key=lambda summary: SEVERITY.index(summary["audit"]["verdict"]))

    @property
    def preprocessing(self) -> str:
        """The chains of its rows, as people type them; nothing where signals are as they were recorded."""
        chains = {row.summary["labels"]["preprocess"] for row in self.rows}
        return "; ".join(sorted(filter(None, chains)))

    @property
    def title(self) -> str:
        cell = self.first["cell"]
        return f"{self.first['labels']['dataset']} · {cell['target']} · {self.first['labels']['protocol']}"


def comparisons(summaries: Iterable[Summary]) -> list[Comparison]:
    """Grouped by what was compared, best row first, baselines last."""

    def group(summary: Summary) -> tuple[str, ...]:
        labels, cell = summary["labels"], summary["cell"]
        return (labels["dataset"], cell["target"], labels["protocol"], summary["comparison"])

    ordered = sorted(summaries, key=lambda summary: (*group(summary), summary["key"]))
    return [Comparison(rows(list(members))) for _, members in groupby(ordered, group)]


def rows(summaries: list[Summary]) -> list[Row]:
    baselines = [summary for summary in summaries if summary["baseline"]]
    found = [
        Row(summary, "" if summary["baseline"] else beats(summary, baselines), gain(summary, summaries))
        for summary in summaries
    ]
    return sorted(found, key=lambda row: (row.baseline, -(row.summary["metrics"]["accuracy"]["mean"] or 0), name(row)))


def name(row: Row) -> tuple[str, ...]:
    labels = row.summary["labels"]
    return (labels["model"], labels["fusion"], *row.summary["cell"]["modalities"])


def beats(summary: Summary, baselines: list[Summary]) -> str:
    """Whether accuracy and macro-F1 lie above those of every baseline (95 % intervals), by people and by folds.

    Both, since chance may lie in who is held out or in what a fold happens to hold.
    """
    if not baselines:
        return "not run"
    if summary["folds"] < FEWEST_FOLDS:
        return "too few folds"
    won = [metric for metric in ("accuracy", "macro_f1") if all(above(summary, other, metric) for other in baselines)]
    return {0: "no", 1: f"in {won[0].replace('macro_f1', 'macro-F1')} only" if won else "", 2: "yes"}[len(won)]


def above(summary: Summary, other: Summary, metric: str) -> bool:
    folds = np.array([row["metrics"][metric]["folds"] for row in (summary, other)], float)
    return bool(min(difference(summary, other, metric).low, t_interval(folds[0] - folds[1]).low) > 0)


def gain(summary: Summary, summaries: list[Summary]) -> Interval | None:
    """Accuracy gained over the best single modality of the same model, paired by person."""
    if len(summary["cell"]["modalities"]) < 2:
        return None
    single = [
        other
        for other in summaries
        if len(other["cell"]["modalities"]) == 1
        and other["labels"]["model"] == summary["labels"]["model"]
        and other["cell"]["modalities"][0] in summary["cell"]["modalities"]
        and other["cell"]["search"] == summary["cell"]["search"]
    ]
    if not single:
        return None
    best = max(single, key=lambda other: other["metrics"]["accuracy"]["mean"] or 0)
    return difference(summary, best, "accuracy")


def difference(summary: Summary, other: Summary, metric: str) -> Interval:
    """How much higher a metric is, person by person, over the people that both rows have."""
    people = [person for person in summary["subjects"] if person in other["subjects"]]
    mine, others = (np.array([row["subjects"][person][metric] for person in people], float) for row in (summary, other))
    return t_interval(mine - others)
