"""Rows of one comparison: the same windows and folds, so that they can be tested against each other in pairs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from bench.results import published
from bench.results.cell_record import AuditRecord
from bench.scoring.intervals import Interval, t_interval
from bench.scoring.scoring import SCORING, predicted, scoring, sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.api import TargetType
    from bench.leaderboard.summary import Summary

FEWEST_FOLDS = 3  # an interval from two folds is useless
RESULTS = "results"  # the folder of published files
SEVERITY = ("clean", "transductive", "leaky")


@dataclass(frozen=True)
class Row:
    """A summary and how it compares with the others."""

    summary: Summary
    beats: str  # whether it beats the trivial baselines: yes, no, or in which metric only; empty for a baseline
    gain: Interval | None  # over the best single modality of the same model, per subject

    @property
    def baseline(self) -> bool:
        return self.summary.baseline


@dataclass(frozen=True)
class Comparison:
    """All rows that can be compared."""

    rows: list[Row]

    @property
    def first(self) -> Summary:
        return self.rows[0].summary

    @property
    def predicted(self) -> TargetType:
        return predicted(self.first.classes)

    @property
    def audit(self) -> AuditRecord:
        return merged([row.summary for row in self.rows])

    @property
    def preprocessing(self) -> str:
        """The chain of all its models as typed on the command line, or each chain with its models where they differ.

        Empty where signals are as recorded.
        """
        models: dict[str, dict[str, None]] = {}
        for row in self.rows:
            if not row.baseline or self.first.baseline:
                models.setdefault(row.summary.preprocess, {})[row.summary.cell.model.name] = None
        if len(models) == 1:
            return next(iter(models))
        return "; ".join(f"{chain or 'none'} for {', '.join(names)}" for chain, names in sorted(models.items()))

    @property
    def title(self) -> str:
        return f"{self.first.dataset} · {self.first.target} · {self.first.protocol}"

    @property
    def file(self) -> str:
        """The published file, in the folder of the pages."""
        return f"{RESULTS}/{file_name(self.first)}"


def file_name(summary: Summary) -> str:
    """Readable, and unique for each comparison."""
    words = f"{summary.dataset} {summary.target} {summary.protocol}"
    readable = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:90]
    return f"{readable}-{summary.comparison[:8]}{published.SUFFIX}"


def by_kind(comparisons: Iterable[Comparison]) -> dict[TargetType, list[Comparison]]:
    """Classification and regression, which are shown in tables of their own."""
    every = list(comparisons)
    return {kind: [each for each in every if each.predicted == kind] for kind in SCORING}


def comparisons(summaries: Iterable[Summary]) -> list[Comparison]:
    """One for each data set, target and set of folds; best row first, baselines last."""

    def group(summary: Summary) -> tuple[str, ...]:
        return (summary.dataset, summary.target, summary.protocol, summary.comparison)

    ordered = sorted(summaries, key=lambda summary: (*group(summary), summary.key))
    return [Comparison(rows(list(members))) for _, members in groupby(ordered, group)]


def merged(summaries: Sequence[Summary]) -> AuditRecord:
    """The worst verdict of rows that differ, for example in steps for one modality, and the findings of all rows."""
    order = sorted(summaries, key=lambda summary: -SEVERITY.index(summary.audit.verdict))
    found = {(finding.name, finding.text): finding for summary in order for finding in summary.audit.findings}
    return AuditRecord(order[0].audit.verdict, tuple(found.values()))


def rows(summaries: list[Summary]) -> list[Row]:
    baselines = [summary for summary in summaries if summary.baseline]
    found = [
        Row(summary, "" if summary.baseline else beats(summary, baselines), gain(summary, summaries))
        for summary in summaries
    ]
    return sorted(found, key=lambda row: (row.baseline, -worth(row.summary), name(row)))


def worth(summary: Summary) -> float:
    """The metric that rows are sorted by, the higher the better."""
    leading = scoring(summary.classes).leading
    return float(sign(leading) * (summary.metrics[leading].mean or 0))


def name(row: Row) -> tuple[str, ...]:
    return (row.summary.model, row.summary.fusion, *row.summary.cell.modalities)


def beats(summary: Summary, baselines: list[Summary]) -> str:
    """Whether accuracy and macro-F1 are above those of every baseline (95 % intervals), over subjects and over folds.

    Both are required, since luck may lie in the choice of subjects or in the content of a fold. For regression, whether
    the root mean squared error is below.
    """
    if not baselines:
        return "not run"
    if summary.n_folds < FEWEST_FOLDS:
        return "too few folds"
    deciding = scoring(summary.classes).deciding
    won = [metric for metric in deciding if all(better(summary, other, metric) for other in baselines)]
    if len(won) in (0, len(deciding)):
        return "yes" if won else "no"
    return f"in {won[0].replace('macro_f1', 'macro-F1')} only"


def better(summary: Summary, other: Summary, metric: str) -> bool:
    by_fold = t_interval(sign(metric) * each_fold(summary, other, metric))
    return bool(min(difference(summary, other, metric).low, by_fold.low) > 0)


def gain(summary: Summary, summaries: list[Summary]) -> Interval | None:
    """Accuracy gained, or error saved, over the best single modality of the same model, paired by subject."""
    if len(summary.cell.modalities) < 2:
        return None
    single = [
        other
        for other in summaries
        if len(other.cell.modalities) == 1
        and other.model == summary.model
        and other.cell.modalities[0] in summary.cell.modalities
        and other.cell.search == summary.cell.search
    ]
    if not single:
        return None
    return difference(summary, max(single, key=worth), scoring(summary.classes).leading)


def difference(summary: Summary, other: Summary, metric: str) -> Interval:
    """How much better a metric is, subject by subject, over the subjects that both rows have."""
    mine, others = each_subject(summary, other, metric)
    return t_interval(mine - others)


def each_subject(summary: Summary, other: Summary, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """A metric of the subjects that both rows have, with the sign that makes higher better."""
    names = [name for name in summary.subjects if name in other.subjects]
    mine, others = (np.array([row.subjects[name][metric] for name in names], float) for row in (summary, other))
    return sign(metric) * mine, sign(metric) * others


def each_fold(summary: Summary, other: Summary, metric: str) -> np.ndarray:
    """How much higher a metric is in the first row, fold by fold."""
    mine, others = (np.array(row.metrics[metric].folds, float) for row in (summary, other))
    return np.asarray(mine - others)
