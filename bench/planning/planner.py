"""From cells to what there is to do: data prepared, folds drawn, audit passed, tasks named."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from bench.audit.audit import Audit, audit
from bench.audit.pretraining_leakage import before, other_steps
from bench.cells import data
from bench.cells.cell import Cell, ResolvedCell
from bench.cells.ratings import told
from bench.data.digests import digest
from bench.errors import UsageError
from bench.planning import chain
from bench.pretraining.corpora import check_left, prepared_corpus
from bench.readers import FileDataset
from bench.running.task import task_names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from bench.api import Fold
    from bench.data.cache import Cache
    from bench.data.preparation import Tell
    from bench.registry import Registry


@dataclass(frozen=True)
class PlannedCell:
    """A cell that can be run: its tasks, and what the audit says of it."""

    parts: ResolvedCell
    tasks: list[str]
    audit: Audit
    windows: int
    subjects: list[str]
    folds: list[str]
    exclusions: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, int] = field(default_factory=dict)
    stimuli: int = 0  # how many there are, as far as the data set names them
    held_out: str = ""  # a digest of whose windows, with which labels, each fold tests

    @property
    def key(self) -> str:
        return self.parts.key

    @property
    def comparison(self) -> str:
        """Rows with the same comparison were scored on the same windows of the same folds."""
        cell = self.parts.cell
        return digest(
            [
                self.parts.data_key,
                cell.target,
                cell.required_modalities,
                asdict(cell.protocol),
                self.parts.protocol.digest(),
            ]
        )

    def description(self) -> dict[str, Any]:
        """What the store keeps of the cell."""
        parts = self.parts
        return {
            "cell": asdict(parts.cell),
            "label": parts.label,
            "labels": labels(parts),
            "classes": list(parts.classes),
            "simulated": parts.dataset.simulated,
            "baseline": "baseline" in parts.registry.get("model", parts.cell.model.name).plugin.tags,
            "audit": asdict(self.audit),
            "windows": self.windows,
            "subjects": self.subjects,
            "stimuli": self.stimuli,
            "remark": parts.dataset.remark,
            "folds": self.folds,
            "comparison": self.comparison,
            "held out": self.held_out,
            "exclusions": self.exclusions,
            "left out": self.excluded,
            "label rule": f"the rating '{parts.quantity}', a number" if parts.quantity else told(parts.rule),
        }


def held_out(table: pd.DataFrame, folds: list[Fold]) -> str:
    """The same for rows whose folds test the same windows, however their signals are prepared."""
    import pandas as pd

    windows = pd.util.hash_pandas_object(table[["subject", "session", "trial", "label"]], index=False).to_numpy()
    return digest([[fold.name, hashlib.sha256(windows[fold.test].tobytes()).hexdigest()] for fold in folds])


def labels(parts: ResolvedCell) -> dict[str, str]:
    """Each part of the cell as people type it."""
    cell, registry = parts.cell, parts.registry
    if cell.preset:
        steps = " | ".join([cell.preset, *([cell.features.label(registry)] if cell.features else [])])
    else:
        steps = chain.written((*cell.steps, *cell.stimulus_steps, *cell.scalings), cell.features, registry)
    return {
        "dataset": cell.dataset.label(registry),
        "model": parts.model_label,
        "fusion": cell.fusion.label(registry, cell.profile),
        "protocol": cell.protocol.label(registry),
        "preprocess": steps,
    }


class Planner:
    """Plans cells one after another; those of one comparison share data, folds and audit."""

    def __init__(
        self, registry: Registry, cache: Cache, seeds: tuple[int, ...], tell: Tell, warn: Callable[[str], None]
    ) -> None:
        self.registry = registry
        self.cache = cache
        self.seeds = seeds
        self.tell = tell
        self.warn = warn
        self._digests: dict[str, str] = {}  # of data sets whose files have been read
        self._comparisons: dict[Any, tuple[data.CellData, list[Fold]]] = {}
        self._audits: dict[Any, Audit] = {}

    def plan(self, cell: Cell) -> PlannedCell:
        parts = ResolvedCell(cell, self.registry)
        self._check_files(parts)
        found, folds, verdict = self._comparison(parts)
        check_left(parts, found.table, folds)
        for corpus in parts.corpora:
            if not corpus.corpus.own:
                prepared_corpus(corpus, self.cache, self.tell)
        for text in other_steps(parts):
            self.warn(text)
        people = [str(name) for name in found.table["subject"].unique()]
        return PlannedCell(
            parts,
            [name for seed in self.seeds for name in task_names(folds, seed)],
            verdict,
            len(found.table),
            people,
            task_names(folds),
            found.exclusions,
            found.excluded,
            len(set(found.table["stimulus"]) - {""}),
            held_out(found.table, folds),
        )

    def _check_files(self, parts: ResolvedCell) -> None:
        """Read what the key of the data depends on, which takes a while the first time; and say what a stand-in is."""
        dataset = parts.dataset
        if not isinstance(dataset, FileDataset):
            return
        choice = str(parts.cell.dataset)
        if choice in self._digests:
            parts.data_digest = self._digests[choice]
            return
        people = dataset.subjects()
        for done, subject in enumerate(people):
            self.tell(f"checking the files of {subject}", done, len(people))
            dataset.digest_of([subject])
        self._digests[choice] = parts.data_digest
        if dataset.simulated:
            self.warn(f"{dataset.name}: these recordings are a simulated stand-in ({dataset.folder}).")

    def _comparison(self, parts: ResolvedCell) -> tuple[data.CellData, list[Fold], Audit]:
        cell = parts.cell
        key = (parts.data_key, cell.target, cell.required_modalities, cell.protocol.name, str(cell.protocol.options))
        found = self._comparisons.get(key)
        if found is None:
            loaded = data.load(parts, self.cache, self.tell)
            self.tell("auditing folds", 0, 1)
            folds = self._folds(parts, loaded)
            if not any(len(fold.test) for fold in folds):
                raise UsageError(f"The protocol '{cell.protocol.name}' holds nothing out on '{cell.dataset.name}'.")
            found = self._comparisons[key] = (loaded, folds)
        elif cell.features:
            data.load(parts, self.cache, self.tell)  # features of other modalities, into the cache
        said = declared(parts, found[0].alone)
        judged = (*key, *said)
        if judged not in self._audits:
            self._audits[judged] = audit(found[0].table, found[1], said)
        return *found, self._audits[judged]

    def _folds(self, parts: ResolvedCell, loaded: data.CellData) -> list[Fold]:
        """The folds; where they cannot be drawn, because of whom or what has been left out, that is told too."""
        try:
            return list(parts.protocol.folds(loaded.table))
        except UsageError as error:
            lost = "; ".join(f"{count} windows {reason}" for reason, count in loaded.exclusions.items())
            raise UsageError(f"{error} Left out: {lost}." if lost else str(error)) from error


def declared(parts: ResolvedCell, alone: Sequence[bool]) -> list[tuple[str, str]]:
    """What plugins say of themselves: steps by their scope, and labels that saw everybody."""
    looked_at = (
        parts.cell.modalities or parts.cell.required_modalities
    )  # a baseline is judged with the rows that it stands beside
    steps = [
        (f"step '{choice.name}'", "alone" if sole and step.scope == "recording" else step.scope)
        for choice, step, sole in zip(parts.cell.steps, parts.steps, alone, strict=True)
        if not choice.modalities or set(choice.modalities) & set(looked_at)
    ]
    labels_of = [
        (f"{what} of '{parts.cell.dataset.name}'", "everything") for what in parts.dataset.fitted_on_everything
    ]
    rule = parts.rule
    rules = [(f"the threshold of {parts.cell.target}", "everything")] if rule and rule.scope == "everything" else []
    return list(dict.fromkeys([*steps, *labels_of, *rules, *before(parts)]))  # a step may be there for each modality
