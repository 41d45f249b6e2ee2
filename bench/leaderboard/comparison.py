"""Rows of one comparison: the same windows and folds, so that they can be tested against each other in pairs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from bench.errors import unknown
from bench.leaderboard.estimates import difference, scores_of, trained_on
from bench.results import published
from bench.results.cell_record import AuditRecord
from bench.scoring import selection
from bench.scoring.scoring import SCORING, chance_level, predicted, scoring, sign
from bench.scoring.variance import FEWEST_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.api import TargetType
    from bench.cells.cell import Cell
    from bench.leaderboard.summary import Summary
    from bench.scoring.intervals import Interval

RESULTS, FIGURES = "results", "figures"  # the folders of published files, and of their pictures
SEVERITY = ("clean", "transductive", "subject-dependent", "leaky")


@dataclass(frozen=True)
class Row:
    """A summary and how it compares with the others."""

    summary: Summary
    metric: str  # that rows are compared by
    beats: str  # whether it beats the trivial baselines: yes or no, or why nobody knows; empty for a baseline
    gain: Interval | None  # over the best single modality of the same model
    alike: tuple[str, ...] = ()  # in tables: other baselines with the same scores

    @property
    def baseline(self) -> bool:
        return self.summary.baseline


@dataclass(frozen=True)
class Comparison:
    """All rows that can be compared."""

    rows: list[Row]
    metric: str  # that rows are compared by
    against: str = ""  # the single modality that gains are over; empty for the best one

    @property
    def first(self) -> Summary:
        return self.rows[0].summary

    @property
    def shown(self) -> list[Row]:
        """The rows of a table: baselines with the same scores are one."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            same = str((row.summary.subjects, row.summary.metrics)) if row.baseline else row.summary.key
            found.setdefault(same, []).append(row)
        return [replace(row, alike=tuple(other.summary.model for other in others)) for row, *others in found.values()]

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

    @property
    def figure(self) -> str:
        """The picture of its rows, in the folder of the pages."""
        return f"{FIGURES}/{file_name(self.first).removesuffix(published.SUFFIX)}.svg"


def file_name(summary: Summary) -> str:
    """Readable, and unique for each comparison."""
    words = f"{summary.dataset} {summary.target} {summary.protocol}"
    readable = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:90]
    return f"{readable}-{summary.comparison[:8]}{published.SUFFIX}"


def by_kind(comparisons: Iterable[Comparison]) -> dict[TargetType, list[Comparison]]:
    """Classification and regression, which are shown in tables of their own."""
    every = list(comparisons)
    return {kind: [each for each in every if each.predicted == kind] for kind in SCORING}


def in_order(comparisons: Iterable[Comparison]) -> list[Comparison]:
    """As pages show them: real recordings first, and of these classification."""
    every = [each for those in by_kind(comparisons).values() for each in those]
    return sorted(every, key=lambda comparison: comparison.first.simulated)


def comparisons(summaries: Iterable[Summary], metric: str = "", against: str = "") -> list[Comparison]:
    """One for each data set, target and set of folds; best row first, baselines last.

    `metric`: what rows are compared by, where it is a metric of the target. `against`: a single modality that gains are
    over, declared before anybody has seen results, instead of the best one.
    """

    def group(summary: Summary) -> tuple[str, ...]:
        return (summary.dataset, summary.target, summary.protocol, summary.comparison)

    ordered = sorted(summaries, key=lambda summary: (*group(summary), summary.key))
    found = []
    for _, each in groupby(ordered, group):
        members = list(each)
        chosen = metric if metric in members[0].metrics else scoring(members[0].classes).leading
        found.append(Comparison(rows(members, chosen, against), chosen, against))
    return found


def check_against(against: str, cells: Iterable[Cell]) -> None:
    """Raise where gains are to be over a modality that no cell has."""
    known = {name for cell in cells for name in cell.modalities}
    if against and known and against not in known:
        raise unknown("modality", against, known, of="this comparison")


def merged(summaries: Sequence[Summary]) -> AuditRecord:
    """The worst verdict of rows that differ, for example in steps for one modality, and the findings of all rows."""
    order = sorted(summaries, key=lambda summary: -SEVERITY.index(summary.audit.verdict))
    found = {(finding.name, finding.text): finding for summary in order for finding in summary.audit.findings}
    return AuditRecord(order[0].audit.verdict, tuple(found.values()))


def rows(summaries: list[Summary], metric: str, against: str) -> list[Row]:
    baselines = [summary for summary in summaries if summary.baseline]
    families: dict[tuple[object, ...], list[Summary]] = {}  # of single modalities
    for summary in summaries:
        if len(summary.cell.modalities) == 1:
            families.setdefault(alike(summary), []).append(summary)
    found = [
        Row(summary, metric, "" if summary.baseline else beats(summary, baselines, metric),
            gain(summary, families, metric, against))
        for summary in summaries
    ]  # fmt: skip
    return sorted(found, key=lambda row: (row.baseline, -worth(row.summary, metric), name(row)))


def worth(summary: Summary, metric: str) -> float:
    """The value that rows are sorted by, the higher the better."""
    found = summary.estimates.get(metric)
    mean = summary.metrics[metric].mean if found is None else found.mean
    return float(sign(metric) * (mean or 0))


def name(row: Row) -> tuple[str, ...]:
    return (row.summary.model, row.summary.fusion, *row.summary.cell.modalities)


def beats(summary: Summary, baselines: list[Summary], metric: str) -> str:
    """Whether the metric is better than that of every baseline, by the 95 % intervals of the differences."""
    if not baselines:
        return "not run"
    if metric not in summary.estimates:
        return "not known"  # of results of older versions
    for other in sorted(baselines, key=lambda baseline: -worth(baseline, metric)):  # the first decides most often
        found = difference(summary, other, metric).estimate
        if found.n < FEWEST_UNITS:
            return "too few subjects"
        if found.low <= 0:
            return "no"
    return "yes"


def gain(
    summary: Summary, families: Mapping[tuple[object, ...], list[Summary]], metric: str, against: str
) -> Interval | None:
    """How much better the metric is than with the best single modality, or with the declared one."""
    wanted = (against,) if against else summary.cell.modalities
    if len(summary.cell.modalities) < 2:
        return None
    single = [other for other in families.get(alike(summary), ()) if other.cell.modalities[0] in wanted]
    if not single:
        return None
    if against:
        return difference(summary, single[0], metric).estimate
    scores = scores_of([summary, *single], metric)
    trained = trained_on(summary.design, scores.shape[1])
    return selection.gain(scores[0], scores[1:], trained, chance=chance_level(metric))


def alike(summary: Summary) -> tuple[object, ...]:
    """What two rows must share so that they differ in modalities and fusion alone; over seeds they are averaged.

    The label of the model has its options, precision and pre-training.
    """
    cell = summary.cell
    options = (cell.model.options, cell.features, cell.scalings, dict(cell.engine), cell.calibrate == "temperature",
               dict(cell.searching))  # fmt: skip
    return (
        summary.model,
        cell.profile,
        cell.search,
        cell.objective,
        summary.device.partition(":")[0],
        *map(str, options),
    )
