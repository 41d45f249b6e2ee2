"""Pre-training that branches need: from which windows, and under which key it is kept. Only the harness uses this."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

import bench
from bench.cells.keys import code_of, pretraining_digest
from bench.data.cache import Cache
from bench.data.windows import WindowSet
from bench.digests import digest
from bench.errors import TaskError
from bench.pretraining import corpora
from bench.pretraining.masked_pretraining import PretrainInputs
from bench.training import checkpoint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.api import Pretrainable, Rows
    from bench.cells.resolved import ResolvedCell, ResolvedCorpus


@dataclass(frozen=True)
class PretrainContext:
    """The cell that networks are pre-trained for, and the windows of corpora that are the same for all folds."""

    cell: ResolvedCell
    cache: Path
    loaded: dict[tuple[str, tuple[str, ...]], WindowSet | None] = field(default_factory=dict)

    def windows(self, corpus: ResolvedCorpus, modalities: tuple[str, ...]) -> WindowSet | None:
        """The windows of a corpus other than the training part."""
        key = corpus.key, modalities
        if key not in self.loaded:
            self.loaded[key] = corpora.load(corpus, modalities, Cache(self.cache), lambda *_: None)
        return self.loaded[key]


@dataclass(frozen=True)
class OwnWindows:
    """The windows of a training part that pre-training may use."""

    fold: str
    seed: int  # the seed of the run: folds with the same corpora share their pre-training
    known: WindowSet  # with their index, from which keys and records follow
    given: WindowSet  # the same windows as plugins see them

    def take(self, rows: Rows) -> OwnWindows:
        return replace(self, known=self.known.take(rows), given=self.given.take(rows))


@dataclass(frozen=True)
class PretrainingJob:
    """One pre-training. Jobs with the same key are the same."""

    key: str
    inputs: PretrainInputs
    record: dict[str, Any]


def pretraining_job(
    context: PretrainContext,
    model: Pretrainable,
    branch: tuple[str, ...],
    own: OwnWindows,
    rows: Rows,
    engine: Mapping[str, Any],
) -> PretrainingJob:
    """The windows that one branch is pre-trained on, and the key that follows from them."""
    cell, every = context.cell, context.cell.cell.modalities
    model = model.pretraining()
    used = own.take(rows)
    recorded = branch if set(branch) <= set(every) else every  # others are merged by the fusion
    named, records, identity = [], [], []
    for corpus in cell.corpora:
        mine = corpus.corpus.own
        windows = (used.known if len(used.known) else None) if mine else context.windows(corpus, recorded)
        if windows is None:
            records.append({"name": corpus.name, "windows": 0})
            continue
        windows = with_modalities(windows, recorded)
        named.append((corpus.name, with_modalities(used.given if mine else windows, recorded)))
        simulated = {"simulated": True} if corpus.simulated else {}
        records.append({"name": corpus.name, **size(windows), "fold": own.fold if mine else None, **simulated})
        identity.append([corpus.key, windows_digest(windows) if mine else None])
    if not named:
        names = ", ".join(corpus.name for corpus in cell.corpora)
        raise TaskError(
            f"None of the corpora ({names}) has windows with {' and '.join(branch)} that pre-training may use "
            f"(pretrain_exclude={model.pretrain_exclude}); name another one."
        )
    record = {
        "modalities": list(branch),
        "model": checkpoint.describe(model),
        "corpora": records,
        "preprocess": {corpus.name: corpus.chain for corpus in cell.corpora},
        "window": dict(cell.cell.window),
        "seed": own.seed,
        "engine": dict(engine),
    }
    merged = None if recorded == branch else checkpoint.describe(cell.fusion)
    code = [code_of(cell.cell.model, cell.registry), pretraining_digest(cell), bench.__version__, torch.__version__]
    key = digest([record["model"], merged, list(branch), identity, own.seed, record["engine"], code])
    seed = int(digest(["pretrain", own.seed, branch])[:8], 16) & 0x7FFFFFFF
    sample = with_modalities(own.given, recorded).take(np.arange(min(1, len(own.given))))
    anonymous = tuple((name, without_index(windows)) for name, windows in named)
    inputs = PretrainInputs(model, cell.fusion, branch, anonymous, without_index(sample), seed)
    return PretrainingJob(key, inputs, record)


def with_modalities(windows: WindowSet, modalities: tuple[str, ...]) -> WindowSet:
    """The windows with these modalities alone."""
    return WindowSet(windows.index, {name: windows.source(name) for name in modalities})


def without_index(windows: WindowSet) -> WindowSet:
    return WindowSet({}, {name: windows.source(name) for name in windows.modalities})


def windows_digest(windows: WindowSet) -> str:
    """A digest of which windows these are."""
    return checkpoint.digest(windows.labelled(np.zeros(len(windows), dtype=np.int64), ("",)))


def size(windows: WindowSet) -> dict[str, Any]:
    hours = float((windows.stop - windows.start).sum() / 3600) if len(windows) else 0.0
    return {"windows": len(windows), "subjects": len(np.unique(windows.subject)), "hours": round(hours, 3)}
