"""Published results: what all rows of a comparison share, and one record per row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.cells.cell import Cell
from bench.results import migrations
from bench.results.cell_record import AuditRecord, Design
from bench.results.environment import Environment
from bench.results.permutation_record import PermutationRecord
from bench.results.serialization import Record
from bench.results.task_record import Confusion, Scores


@dataclass(frozen=True)
class MetricRecord:
    """One metric over folds: the mean, its 95 % interval, and the values that they come from."""

    mean: float | None
    low: float | None
    high: float | None
    folds: tuple[float | None, ...]  # the mean over seeds of each fold
    seed_means: tuple[float | None, ...]  # the mean over folds of each seed


@dataclass(frozen=True)
class EstimateRecord:
    """One metric over subjects: the mean, and its 95 % interval by the corrected variance."""

    mean: float | None
    low: float | None
    high: float | None
    n: int  # subjects, or stimuli where these alone are unseen
    missing: int = 0  # those without a value, as AUROC has none where there is one class


@dataclass(frozen=True)
class ReliabilityBin:
    """Predictions of similar confidence."""

    windows: int
    confidence: float  # their mean
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class ComparisonRecord(Record):
    """The first line of a published file: rows below it were scored on the same windows of the same folds.

    `source_dataset` and `target_dataset` are set where a model is trained on one data set and tested on another.
    """

    SCHEMA = 3
    MIGRATIONS = migrations.COMPARISON

    comparison: str  # digest of data, target, modalities and folds
    dataset: str  # as typed on the command line
    target: str
    protocol: str
    source_dataset: str = ""
    target_dataset: str = ""
    simulated: bool
    classes: tuple[str, ...]  # empty where the target is a number
    n_subjects: int
    n_windows: int
    n_stimuli: int = 0
    n_folds: int
    test_windows: str = ""  # a digest of which windows, with which labels, each fold tests
    excluded_windows: Mapping[str, int] = field(default_factory=dict)  # by reason
    excluded: Mapping[str, int] = field(default_factory=dict)  # by what the data set leaves out: subjects, trials, ...
    design: Design | None = None  # unknown for results of older versions
    label_rule: str = ""
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class RowRecord(Record):
    """A row: a cell with its scores over all folds and seeds, and what is needed to compute them again.

    `environment` and `code` are unknown (null) for results that were published before they were recorded. Fields from
    `condition` on are optional: they are filled by the parts of the harness that measure them, and left out of the
    file where nothing does.
    """

    SCHEMA = 3
    MIGRATIONS = migrations.ROW

    key: str
    model: str  # as typed on the command line, as the next two
    fusion: str
    preprocess: str = ""
    cell: Cell
    baseline: bool
    audit: AuditRecord
    seeds: tuple[int, ...]
    metrics: Mapping[str, MetricRecord]
    chance: Scores | None  # the metrics of predictions with the same class frequencies, made without seeing the signals
    estimates: Mapping[str, EstimateRecord] = field(default_factory=dict)  # over subjects; what tables show
    stimuli: Mapping[str, Scores] = field(default_factory=dict)  # mean over seeds, where stimuli are unseen
    pooled: Scores  # the metrics of all windows together, mean over seeds
    subjects: Mapping[str, Scores]  # mean over seeds
    confusion: Confusion | None  # summed over folds and seeds
    parameters: int | None
    train_seconds: float | None  # per fold
    device: str
    command: str = ""  # the command line that makes this row
    date: str = ""  # of its last task
    code: Mapping[str, Mapping[str, Any]] | None = None  # by role: version and digest
    data: str = ""  # the key of the prepared data
    environment: Environment | None = None
    condition: str = ""  # which modality is missing in the test part; empty where none is
    isolation: str = ""  # how plugins were kept from test labels: sandbox, process, shared or inline
    probes: Mapping[str, bool] = field(default_factory=dict)  # check of the predictions -> whether it passed
    reliability: tuple[ReliabilityBin, ...] = ()
    evaluations: int | None = None  # of these test windows in the store: finished rows × seeds, without baselines
    trials: int | None = None  # of the searches in all folds
    importances: Mapping[str, float] = field(default_factory=dict)  # option -> share of the variance of scores
    budget: Mapping[str, float] = field(default_factory=dict)  # of a fold: trials and windows that its search took
    optimism: EstimateRecord | None = None  # of the searches: inner minus outer score, over folds
    suite: str = ""  # name and version of the suite that the row belongs to
    energy_joules: float | None = None
    permutation: PermutationRecord | None = None  # the row against models that learnt permuted labels
