"""The summary of one cell: each metric over folds and pooled, per subject, and the audit."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.audit.probed import merged, with_probes
from bench.leaderboard.estimates import DIGITS, estimates, rounded
from bench.leaderboard.searches import searched
from bench.results.permutations import read_outcome
from bench.results.row_record import ComparisonRecord, MetricRecord, ReliabilityBin, RowRecord
from bench.results.task_files import read_predictions
from bench.results.task_record import COMPLETE
from bench.results.tasks import complete
from bench.scoring import metrics
from bench.scoring.auroc import auroc_by_subject
from bench.scoring.calibration import reliability
from bench.scoring.intervals import t_interval
from bench.scoring.scoring import columns, scores, thresholds_of
from bench.scoring.stimulus_auroc import auroc_by_stimulus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import pandas as pd

    from bench.results.cell_record import CellRecord
    from bench.results.store import Store
    from bench.results.task_record import Scores, TaskRecord

ISOLATION = ("sandbox", "process", "shared", "inline", "")  # from strong to weak; older tasks have none
VARYING = ("train_seconds", "date", "evaluations")  # fields that differ from run to run


@dataclass(frozen=True, kw_only=True)
class Summary(RowRecord, ComparisonRecord):
    """A row together with what all rows of its comparison share."""

    @classmethod
    def of(cls, header: ComparisonRecord, row: RowRecord) -> Summary:
        return cls(**vars(header), **vars(row))

    @property
    def header(self) -> ComparisonRecord:
        return ComparisonRecord(**{each.name: getattr(self, each.name) for each in fields(ComparisonRecord)})

    @property
    def row(self) -> RowRecord:
        return RowRecord(**{each.name: getattr(self, each.name) for each in fields(RowRecord)})

    def to_json(self, *, varying: bool = True) -> dict[str, Any]:
        """With the fields that differ from run to run, or without."""
        return {name: value for name, value in super().to_json().items() if varying or name not in VARYING}


def summarise(store: Store, key: str, requested: Collection[int] | None = None) -> Summary | None:
    """All seeds whose folds are complete, or those of them that are requested; None where there is no such seed."""
    cell = store.read_cell(key)
    found = complete(store, key, cell.folds, requested)
    if not found:
        return None
    seeds, tasks = list(found), [task for tasks in found.values() for task in tasks]
    records = [record for record, _ in tasks]
    predictions, lengths = read_predictions([content for _, content in tasks], COMPLETE)
    predictions["seed"] = np.repeat([record.seed for record in records], lengths)
    predictions["fold"] = np.repeat(np.array([record.fold for record in records], dtype=object), lengths)
    whole = Predicted.of(predictions, cell.classes)
    pooled = [whole.scores(np.asarray(rows)) for rows in predictions.groupby("seed").indices.values()]
    subjects = by_unit(predictions, "subject", cell.classes)
    unseen = cell.design is not None and "stimulus" in cell.design.unseen
    stimuli = by_unit(predictions, "stimulus", cell.classes) if unseen else {}
    probes = [record.probes for record in records if record.probes]
    permutation = read_outcome(store, key, seeds)
    last = max(records, key=lambda record: record.finished)
    return Summary(
        **shared(cell),
        key=key,
        model=cell.labels.model,
        fusion=cell.labels.fusion,
        preprocess=cell.labels.preprocess,
        cell=cell.cell,
        baseline=cell.baseline,
        audit=with_probes(cell, probes),
        seeds=tuple(seeds),
        metrics={name: over_folds(records, name, len(cell.folds)) for name in records[0].metrics},
        chance=chance([record.confusion for record in records]) if cell.classes else None,
        pooled=averaged(pooled),
        subjects=subjects,
        stimuli=stimuli,
        estimates=estimates(subjects, stimuli, cell.design),
        confusion=summed([record.confusion for record in records]) if cell.classes else None,
        parameters=mean_count([record.parameters for record in records]),
        train_seconds=rounded(np.mean([record.cost.train_seconds for record in records])),
        device=last.device,
        command=with_seeds(cell.command, seeds) + (f" --permute {permutation.permutations}" if permutation else ""),
        date=last.finished.partition("T")[0],
        code=last.code,
        data=last.data,
        environment=last.environment,
        isolation=weakest([record.isolation for record in records]),
        probes=merged(probes),
        reliability=reliability_of(predictions, cell.classes),
        permutation=permutation,
        **searched(records),
    )


def weakest(levels: Sequence[str]) -> str:
    """The isolation of a row: that of its least isolated task."""
    return max(levels, key=ISOLATION.index)


def shared(cell: CellRecord) -> dict[str, Any]:
    """The fields of the comparison that a cell belongs to."""
    alike = ("comparison", "simulated", "classes", "design", "n_windows", "n_stimuli", "test_windows",
             "excluded_windows", "excluded", "label_rule", "remark")  # fmt: skip
    return {
        **{name: getattr(cell, name) for name in alike},
        "dataset": cell.labels.dataset,
        "target": cell.cell.target,
        "protocol": cell.labels.protocol,
        "n_subjects": len(cell.subjects),
        "n_folds": len(cell.folds),
    }


def with_seeds(command: str, seeds: Sequence[int]) -> str:
    return command if list(seeds) == [0] or not command else f"{command} --seed {','.join(map(str, seeds))}"


def by_unit(predictions: pd.DataFrame, unit: str, classes: Sequence[str]) -> dict[str, Scores]:
    """The metrics of each subject or stimulus, mean over seeds.

    AUROC of a subject is that within each model that predicted it; that of a stimulus is a pseudo-value of its mean.
    """
    names = np.unique(predictions[unit].to_numpy().astype(str))
    coded = {name: np.unique(predictions[name].to_numpy().astype(str), return_inverse=True)[1]
             for name in {unit, "subject", "fold"}}  # fmt: skip
    whole = Predicted.of(predictions, classes)
    found: dict[str, list[dict[str, float]]] = {}
    for rows in map(np.asarray, predictions.groupby("seed").indices.values()):
        mine = coded[unit][rows]
        scored = {code: whole.scores(rows[mine == code]) for code in np.unique(mine).tolist()}
        for code, value in whole.aurocs(unit, {name: codes[rows] for name, codes in coded.items()}, rows):
            scored[code]["auroc"] = value
        for code, scores_of_one in scored.items():
            found.setdefault(str(names[code]), []).append(scores_of_one)
    return {name: averaged(each) for name, each in sorted(found.items())}


@dataclass(frozen=True)
class Predicted:
    """Predictions as arrays, since pandas takes longer to cut many small parts than these take to score."""

    labels: np.ndarray
    values: np.ndarray
    thresholds: np.ndarray | None
    classes: Sequence[str]

    @classmethod
    def of(cls, table: pd.DataFrame, classes: Sequence[str]) -> Predicted:
        return cls(table["label"].to_numpy(), table[columns(classes)].to_numpy(), thresholds_of(table), classes)

    def scores(self, rows: np.ndarray) -> dict[str, float]:
        thresholds = None if self.thresholds is None else self.thresholds[rows]
        return scores(self.labels[rows], self.values[rows], self.classes, thresholds)

    def aurocs(self, unit: str, codes: Mapping[str, np.ndarray], rows: np.ndarray) -> Iterator[tuple[int, float]]:
        """Of each subject or stimulus, by its code; `codes` are those of the rows."""
        if not self.classes:
            return
        given = (self.labels[rows], self.values[rows], codes["subject"], codes["fold"])
        if unit == "stimulus":
            found = auroc_by_stimulus(*given, codes[unit])
        else:
            ranks = auroc_by_subject(*given)
            found = (ranks.subjects, ranks.values)  # noqa: PD011 - not of pandas
        yield from zip(*(each.tolist() for each in found), strict=True)


def reliability_of(predictions: pd.DataFrame, classes: Sequence[str]) -> tuple[ReliabilityBin, ...]:
    """The reliability curve over all folds and seeds, without empty bins."""
    if not classes:
        return ()
    found = reliability(predictions["label"].to_numpy(), predictions[columns(classes)].to_numpy())
    bins = zip(found.counts.tolist(), found.confidence.tolist(), found.accuracy.tolist(), strict=True)
    return tuple(
        ReliabilityBin(count, round(mean, DIGITS), round(share, DIGITS)) for count, mean, share in bins if count
    )


def over_folds(records: Sequence[TaskRecord], metric: str, folds: int) -> MetricRecord:
    """The mean over folds and its t interval, after averaging each fold over seeds; and the mean of each seed."""
    values = np.array([record.metrics[metric] for record in records], dtype=float).reshape(-1, folds)
    each = known_mean(values, axis=0)
    interval = t_interval(each)
    return MetricRecord(
        mean=rounded(interval.mean),
        low=rounded(interval.low),
        high=rounded(interval.high),
        folds=tuple(map(rounded, each)),
        seed_means=tuple(map(rounded, known_mean(values, axis=1))),
    )


def known_mean(values: np.ndarray, axis: int) -> np.ndarray:
    """The mean of values that are defined; NaN where none is."""
    known = np.isfinite(values)
    count = np.where(known.any(axis=axis), known.sum(axis=axis), np.nan)
    return np.asarray(np.where(known, values, 0).sum(axis=axis) / count)


def chance(confusions: list[Any]) -> Scores:
    """The headline metrics of predictions with the class frequencies of each fold, made without seeing the signals."""
    found = metrics.at_chance(np.array(confusions))
    found[metrics.TUNED] = found["balanced_accuracy"]
    names = (*metrics.HEADLINE, "balanced_accuracy")
    return {name: 0.5 if name == "auroc" else rounded(np.nanmean(found[name])) for name in names}


def summed(confusions: list[Any]) -> tuple[tuple[int, ...], ...]:
    return tuple(map(tuple, np.sum(confusions, axis=0).tolist()))


def averaged(seeds: list[dict[str, float]]) -> Scores:
    """The mean of each metric over seeds."""
    return {name: rounded(np.mean([found[name] for found in seeds])) for name in seeds[0]}


def mean_count(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return round(float(np.mean(known))) if known else None
