"""What the store keeps of a cell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from bench.cells.cell import Cell
from bench.results import migrations
from bench.results.serialization import Record


@dataclass(frozen=True)
class FindingRecord:
    """One finding of the leakage audit."""

    name: str
    severity: Literal["note", "transductive", "subject-dependent", "leaky"]
    text: str
    share: float  # of test windows, or of folds


@dataclass(frozen=True)
class AuditRecord:
    """The verdict of the leakage audit and the findings that led to it."""

    verdict: Literal["clean", "transductive", "subject-dependent", "leaky"]
    findings: tuple[FindingRecord, ...]

    @classmethod
    def of(cls, audit: Any) -> Self:
        """The record of a `bench.audit.audit.Audit`."""
        return cls(audit.verdict, tuple(FindingRecord(**vars(finding)) for finding in audit.findings))


@dataclass(frozen=True)
class Design:
    """What folds keep apart, and on how much a model is trained; intervals follow from it."""

    unseen: tuple[str, ...]  # subject, stimulus: what no fold has in its training and in its test part
    training_subjects: float  # mean over folds
    training_stimuli: float = 0.0


@dataclass(frozen=True)
class Labels:
    """The parts of a cell as they are typed on the command line."""

    dataset: str
    model: str
    fusion: str
    protocol: str
    preprocess: str


@dataclass(frozen=True, kw_only=True)
class CellRecord(Record):
    """`cell.json`: the cell, its folds and audit, and what was excluded."""

    SCHEMA = SEALED = 3
    MIGRATIONS = migrations.CELL

    cell: Cell
    label: str
    labels: Labels
    classes: tuple[str, ...]
    simulated: bool
    baseline: bool
    audit: AuditRecord
    n_windows: int
    n_stimuli: int = 0
    subjects: tuple[str, ...]
    folds: tuple[str, ...]
    folds_digest: str = ""  # of the stored rows of all folds
    comparison: str  # rows with the same digest were scored on the same windows of the same folds
    test_windows: str = ""  # a digest of which windows, with which labels, each fold tests
    excluded_windows: Mapping[str, int] = field(default_factory=dict)  # by reason
    excluded: Mapping[str, int] = field(default_factory=dict)  # by what the data set leaves out: subjects, trials, ...
    design: Design | None = None  # unknown for cells that were planned by older versions
    label_rule: str = ""  # how labels follow from ratings
    remark: str = ""  # of the data set
    command: str = ""  # the command line that makes this row, without seeds
