"""What the probes of a row have found: checks of predictions and steps that no table or fold can show.

A probe either has passed in a task or has not. Its name is the key in the records of tasks and in published rows.
Probes of a step or extractor are named by it, as in `step zscore: labels`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.results.cell_record import AuditRecord, FindingRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.audit.overlap import Severity
    from bench.results.cell_record import CellRecord

ALONE, ORDER, COMPANY = "alone", "order", "other windows"
CODES, REFIT = "other codes", "refit"
SESSIONS = "sessions"
LABELS, SUBJECTS, WINDOWS = "labels", "subjects", "windows"

#: probe -> severity, and what a plugin that fails it does
PROBES: dict[str, tuple[Severity, str]] = {
    ALONE: ("leaky", "predicts a window otherwise when no other window comes with it"),
    ORDER: ("leaky", "predicts windows otherwise when they come in another order"),
    COMPANY: ("leaky", "predicts a window otherwise when other windows come with it"),
    CODES: ("leaky", "predicts otherwise after training with other codes for subjects, sessions, trials and stimuli"),
    REFIT: ("note", "predicts otherwise after the same training in a new process"),
    SESSIONS: (
        "transductive",
        "predicts other classes for a window where 10 % or 90 % of its session are of one class",
    ),
    LABELS: ("leaky", "returns other values when labels are permuted"),
    SUBJECTS: ("leaky", "returns other values when subjects come in another order"),
    WINDOWS: ("leaky", "returns other values for a window when other windows come with it"),
}


def merged(records: Sequence[Mapping[str, bool]]) -> dict[str, bool]:
    """Probe -> whether it has passed in every task that tried it."""
    names = dict.fromkeys(name for probes in records for name in probes)
    return {name: all(probes.get(name, True) for probes in records) for name in names}


def with_probes(cell: CellRecord, records: Sequence[Mapping[str, bool]]) -> AuditRecord:
    """The audit of a cell with a finding for each probe that has failed, and the verdict that follows."""
    found = tuple(findings(cell, records))
    leaky = any(each.severity == "leaky" for each in found)
    return replace(
        cell.audit, verdict="leaky" if leaky else cell.audit.verdict, findings=(*cell.audit.findings, *found)
    )


def findings(cell: CellRecord, records: Sequence[Mapping[str, bool]]) -> Iterator[FindingRecord]:
    """One per failed probe, which names the plugin."""
    tried = Counter(name for probes in records for name in probes)
    failed = Counter(name for probes in records for name, passed in probes.items() if not passed)
    for name, count in failed.items():
        plugin, _, probe = name.rpartition(": ")
        severity, text = PROBES[probe]
        where = f" ({count} of {tried[name]} folds)" if not plugin and tried[name] > 1 else ""
        yield FindingRecord(
            f"probe: {name}", severity, f"{subject_of(plugin, cell)} {text}{where}.", count / tried[name]
        )


def subject_of(plugin: str, cell: CellRecord) -> str:
    """The plugin in words: a step, or the model with the fusion that it predicts under."""
    if plugin:
        kind, _, name = plugin.partition(" ")
        return f"The {kind} '{name}'"
    fusion = "" if cell.cell.fusion.name == "none" else f" with the fusion '{cell.cell.fusion.name}'"
    return f"The model '{cell.cell.model.name}'{fusion}"
