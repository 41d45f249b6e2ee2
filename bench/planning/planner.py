"""From cells to tasks: data are prepared, folds drawn and audited, tasks named."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bench.audit.audit import Audit, audit
from bench.audit.declared import declared
from bench.audit.duplicates import duplicates
from bench.audit.gaps import correlation_times
from bench.audit.pretraining_leakage import other_steps
from bench.cells.data import prepare_features
from bench.cells.ratings import describe_rule
from bench.cells.window_table import load_table
from bench.data.recordings import reading
from bench.digests import digest
from bench.errors import PluginError, UsageError
from bench.planning.command import command_of
from bench.planning.design import design
from bench.planning.folds import draw
from bench.pretraining.corpora import check_left, prepared_corpus
from bench.readers import FileDataset
from bench.results.cell_record import AuditRecord, CellRecord, Labels
from bench.results.folds import folds_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bench.api import Fold
    from bench.cells.resolved import ResolvedCell
    from bench.cells.window_table import WindowTable
    from bench.data.cache import Cache
    from bench.planning.reporter import Reporter


@dataclass(frozen=True)
class PlannedCell:
    """A cell that can be run: its windows, folds, audit and tasks."""

    resolved: ResolvedCell
    windows: WindowTable
    folds: list[Fold]
    folds_digest: str
    audit: Audit
    tasks: list[str]

    @property
    def key(self) -> str:
        return self.resolved.key

    @property
    def comparison(self) -> str:
        """Rows with the same comparison are scored on the same windows of the same folds."""
        resolved, cell = self.resolved, self.resolved.cell
        protocol = asdict(cell.protocol)
        return digest([resolved.data_key, cell.target, cell.required_modalities, protocol, resolved.protocol.digest()])

    def record(self) -> CellRecord:
        """The record of the cell in the store."""
        resolved, table = self.resolved, self.windows.table
        cell, dataset, quantity = resolved.cell, resolved.dataset, resolved.quantity
        return CellRecord(
            cell=cell,
            label=resolved.label,
            labels=Labels(**resolved.labels),
            classes=tuple(resolved.classes),
            simulated=dataset.simulated,
            baseline="baseline" in resolved.registry.get("model", cell.model.name).plugin.tags,
            audit=AuditRecord.of(self.audit),
            n_windows=len(table),
            n_stimuli=len(set(table["stimulus"]) - {""}),
            subjects=tuple(str(name) for name in table["subject"].unique()),
            folds=tuple(task_names(self.folds)),
            folds_digest=self.folds_digest,
            comparison=self.comparison,
            test_windows=test_windows_digest(table, self.folds),
            excluded_windows=self.windows.exclusions,
            excluded=self.windows.excluded,
            design=design(table, self.folds),
            label_rule=f"the rating '{quantity}', a number" if quantity else describe_rule(resolved.rule),
            remark=dataset.remark,
            command=command_of(cell, resolved.registry),
        )


class Planner:
    """Plans cells in turn. Cells share tables of windows, folds and audits, each of which is made once."""

    def __init__(self, cache: Cache, seeds: tuple[int, ...], reporter: Reporter) -> None:
        self.cache, self.seeds, self.reporter = cache, seeds, reporter
        self._digests: dict[str, str] = {}  # of data sets whose files have been read
        self._tables: dict[Any, WindowTable] = {}
        self._folds: dict[Any, tuple[list[Fold], str]] = {}
        self._audits: dict[Any, Audit] = {}

    def plan(self, resolved: ResolvedCell) -> PlannedCell:
        self._check_files(resolved)
        windows, folds, folds_key = self._comparison(resolved)
        prepare_features(resolved, windows, self.cache, self.reporter.on_progress)
        check_left(resolved, windows.table, folds)
        for corpus in resolved.corpora:
            if not corpus.corpus.own:
                prepared_corpus(corpus, self.cache, self.reporter.on_progress)
        for text in other_steps(resolved):
            self.reporter.warn(text)
        scopes = declared(resolved, windows.single_window, calibrated=windows.calibrated)
        audited = (folds_key, resolved.data_key, resolved.cell.target, resolved.cell.required_modalities, *scopes)
        if audited not in self._audits:
            found = duplicates(resolved, windows.prepared, self.cache, self.reporter.on_progress)
            self._audits[audited] = audit(
                windows.table, folds, scopes, found, lambda: correlation_times(windows.prepared, self.cache)
            )
        tasks = [name for seed in self.seeds for name in task_names(folds, seed)]
        return PlannedCell(resolved, windows, folds, folds_key, self._audits[audited], tasks)

    def _check_files(self, resolved: ResolvedCell) -> None:
        """Compute the digest of a data set's files, with progress; and warn of a stand-in."""
        dataset = resolved.dataset
        if not isinstance(dataset, FileDataset):
            return
        choice = str(resolved.cell.dataset)
        if choice in self._digests:
            resolved.data_digest = self._digests[choice]
            return
        subjects = reading(dataset.subjects, dataset, "the list of subjects")
        for done, subject in enumerate(subjects):
            self.reporter.on_progress(f"checking the files of {subject}", done, len(subjects))
            files = f"the files of {subject}"
            reading(lambda subject=subject: [dataset.digest_of([subject])], dataset, files, files)  # type: ignore[misc]
        self._digests[choice] = resolved.data_digest
        if dataset.simulated:
            self.reporter.warn(f"{dataset.name}: these recordings are a simulated stand-in ({dataset.folder}).")

    def _comparison(self, resolved: ResolvedCell) -> tuple[WindowTable, list[Fold], str]:
        """The windows and folds of a cell, from an earlier cell of the same comparison or made now."""
        cell = resolved.cell
        data = (resolved.data_key, cell.target, cell.required_modalities)
        if data not in self._tables:
            self._tables[data] = load_table(resolved, self.cache, self.reporter.on_progress)
        windows = self._tables[data]
        key = (*data, cell.protocol.name, str(cell.protocol.options))
        if key not in self._folds:
            self.reporter.on_progress("auditing folds", 0, 1)
            folds = draw_folds(resolved, windows)
            self._folds[key] = folds, folds_digest(folds)
        return windows, *self._folds[key]


def draw_folds(resolved: ResolvedCell, windows: WindowTable) -> list[Fold]:
    """The folds of the protocol. Where it cannot draw any, the error also lists the windows that are excluded."""
    name = resolved.cell.protocol.name
    try:
        folds = draw(resolved.protocol, windows.table)
    except UsageError as error:
        lost = "; ".join(f"{count} windows {reason}" for reason, count in windows.exclusions.items())
        raise UsageError(f"{error} Left out: {lost}." if lost else str(error)) from error
    except PluginError as error:
        text = str(error)
        raise PluginError(f"The protocol '{name}' breaks its contract: {text[0].lower()}{text[1:]}") from error
    if not folds:
        raise UsageError(f"The protocol '{name}' yields no folds for '{resolved.cell.dataset.name}'.")
    return folds


def task_names(folds: Sequence[Fold], seed: int | None = None) -> list[str]:
    """`003-P04.s0`: number and name of the fold, and the seed."""
    suffix = "" if seed is None else f".s{seed}"
    return [f"{number:03d}-{re.sub(r'[^A-Za-z0-9_.-]', '_', fold.name)}{suffix}" for number, fold in enumerate(folds)]


def test_windows_digest(table: pd.DataFrame, folds: Sequence[Fold]) -> str:
    """The same for rows whose folds test the same windows, however their signals are prepared."""
    import pandas as pd

    windows = pd.util.hash_pandas_object(table[["subject", "session", "trial", "label"]], index=False).to_numpy()
    return digest([[fold.name, hashlib.sha256(windows[fold.test].tobytes()).hexdigest()] for fold in folds])
