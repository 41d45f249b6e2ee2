"""What the store keeps of a task beside its predictions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from bench.cells.cell import Cell
from bench.results import migrations
from bench.results.environment import Environment
from bench.results.serialization import Record, unsealed

Scores = Mapping[str, float | None]  # metric -> value; none where it is not defined
Confusion = tuple[tuple[int, ...], ...]  # true class (row) by predicted class (column)
PREDICTIONS_SEAL = "predictions_sha256"  # the digest of the predictions, which the store adds to the record
COMPLETE = "complete"  # the condition in which no modality is missing


@dataclass(frozen=True)
class Cost:
    """What a task took."""

    search_seconds: float
    fit_seconds: float
    predict_seconds: float
    cpu_seconds: float
    peak_memory_mb: float | None  # where the system tells it

    @property
    def train_seconds(self) -> float:
        return self.search_seconds + self.fit_seconds

    @property
    def seconds(self) -> float:
        return self.train_seconds + self.predict_seconds


@dataclass(frozen=True)
class WindowCounts:
    train: int
    test: int


@dataclass(frozen=True)
class SearchRecord:
    """What a nested search found."""

    options: Mapping[str, Any]
    score: float | None
    trials: tuple[Mapping[str, Any], ...] = ()
    selection: str = ""
    importances: Mapping[str, float] = field(default_factory=dict)  # option -> share of the variance of scores
    budget: Mapping[str, float] = field(default_factory=dict)  # trials and windows that it took, seconds that it had
    outer: float | None = None  # the same metric on the test windows of the fold


@dataclass(frozen=True)
class CalibrationRecord:
    """What inner predictions have chosen."""

    windows: int  # that were predicted; none where the training part cannot be split
    threshold: float | None = None  # of the second of two classes
    temperature: float | None = None


@dataclass(frozen=True)
class ConditionScores:
    """The scores of a condition other than the complete one, such as a modality that is missing in the test part."""

    metrics: Scores
    subjects: Mapping[str, Scores]
    confusion: Confusion | None = None


@dataclass(frozen=True, kw_only=True)
class TaskRecord(Record):
    """`record.json`: the scores of one fold and seed, and what is needed to compute them again.

    Predictions are stored beside it, keyed by condition. Fields from `conditions` on are optional: they are filled by
    the parts of the harness that measure them, and left out of the file where nothing does.
    """

    SCHEMA = 2
    MIGRATIONS = migrations.TASK

    cell: Cell
    task: str
    fold: str
    seed: int
    simulated: bool
    windows: WindowCounts
    metrics: Scores
    subjects: Mapping[str, Scores]
    confusion: Confusion | None
    label_rule: Mapping[str, Any] | None  # thresholds that the fold learnt, by subject
    scale: Mapping[str, Any] | None  # by modality: what is subtracted from each channel, and by what it is divided
    search: SearchRecord | None
    parameters: int | None
    training: Mapping[str, Any] | None  # how each network was trained
    device: str
    code: Mapping[str, Mapping[str, Any]]  # by role: version and digest
    data: str  # the key of the prepared data
    environment: Environment
    cost: Cost
    finished: str = ""  # date and time, UTC
    conditions: Mapping[str, ConditionScores] = field(default_factory=dict)
    isolation: str = ""  # how plugins were kept from test labels: sandbox, process, shared or inline
    probes: Mapping[str, bool] = field(default_factory=dict)  # check of the predictions -> whether it passed
    energy_joules: float | None = None
    calibration: CalibrationRecord | None = None  # where the fold has chosen a threshold or a temperature

    @classmethod
    def from_sealed(cls, values: Any) -> Self:
        """The record in a file of the store, without the digest of its predictions."""
        found = unsealed(values, range(cls.SEALED, cls.SCHEMA + 1))
        found.pop(PREDICTIONS_SEAL, None)
        return cls.from_json(found)


@dataclass(frozen=True, kw_only=True)
class FailureRecord(Record):
    """`failed/<task>.json`: why a task failed."""

    SCHEMA = 2
    MIGRATIONS = migrations.FAILURE

    message: str
    traceback: str
