"""Pre-training that branches need: from which windows, and under which key it is kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

import bench
from bench.cells.keys import code_of, pretraining_digest
from bench.data.cache import Cache
from bench.digests import digest
from bench.errors import TaskError
from bench.pretraining import corpora, weight_files
from bench.pretraining.masked_pretraining import MaskedPretraining
from bench.training import checkpoint
from bench.training.device_signals import parts_of
from bench.training.network_fit import inputs_of
from bench.training.networks.network import Unfused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.api import Fusion, Pretrainable, Rows
    from bench.cells.resolved import ResolvedCell, ResolvedCorpus
    from bench.data.windows import LabelledWindowSet, WindowSet

FEW = 5  # with fewer recordings, none is kept for validation


@dataclass(frozen=True)
class PretrainContext:
    """The cell, fold and seed that networks are pre-trained for."""

    cell: ResolvedCell
    cache: Path
    fold: str = ""
    seed: int = 0  # the seed of the run: folds with the same corpora share their pre-training
    loaded: dict[tuple[str, tuple[str, ...]], WindowSet | None] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.cache / weight_files.FOLDER

    def windows(self, corpus: ResolvedCorpus, modalities: tuple[str, ...]) -> WindowSet | None:
        """The windows of a corpus that is the same for all folds."""
        key = corpus.key, modalities
        if key not in self.loaded:
            self.loaded[key] = corpora.load(corpus, modalities, Cache(self.cache), lambda *_: None)
        return self.loaded[key]


@dataclass(frozen=True)
class BranchInputs:
    """A network whose branches are pre-trained, and what it is fitted on."""

    model: Pretrainable
    fusion: Fusion
    engine: Mapping[str, Any]
    train: LabelledWindowSet
    visible: WindowSet  # the windows of the training part that pre-training may use


@dataclass(frozen=True)
class PretrainingJob:
    """One pre-training. Jobs with the same key are the same."""

    key: str
    fit: MaskedPretraining
    record: dict[str, Any]
    folder: Path  # where its weights are kept


def pretraining_jobs(context: PretrainContext, inputs: BranchInputs) -> dict[tuple[str, ...], PretrainingJob]:
    """One job per branch, or one for all where the model pre-trains them jointly."""
    modalities = inputs.train.modalities
    branches = [modalities] if inputs.model.pretrain_jointly else [(name,) for name in modalities]
    return {branch: pretraining_job(context, inputs, branch) for branch in branches}


def pretraining_job(context: PretrainContext, inputs: BranchInputs, branch: tuple[str, ...]) -> PretrainingJob:
    """The windows that one branch is pre-trained on, and the key that follows from them."""
    cell, model = context.cell, inputs.model.pretraining()
    named, records, identity = [], [], []
    for corpus in cell.corpora:
        windows = windows_of(context, corpus, branch, inputs)
        if windows is None:
            records.append({"name": corpus.name, "windows": 0})
            continue
        named.append((corpus.name, windows))
        own = corpus.corpus.own
        simulated = {"simulated": True} if corpus.dataset.simulated else {}
        records.append({"name": corpus.name, **size(windows), "fold": context.fold if own else None, **simulated})
        identity.append([corpus.key, checkpoint.digest(unlabelled(windows)) if own else None])
    if not named:
        names = ", ".join(corpus.name for corpus in cell.corpora)
        raise TaskError(
            f"None of the corpora ({names}) has windows with {' and '.join(branch)} that pre-training may use "
            f"(pretrain_exclude={inputs.model.pretrain_exclude}); name another one."
        )
    corpora.check_alike([*named, ("the evaluated data set", select(inputs.train, branch))])
    windows = corpora.concatenated([windows for _, windows in named])
    seed = int(digest(["pretrain", context.seed, branch])[:8], 16) & 0x7FFFFFFF
    training, validation = split_recordings(windows, model.pretrain_validation_share, seed)
    if not len(training):
        raise TaskError(f"The corpora have no window with {' and '.join(branch)} to learn from.")
    engine = {name: value for name, value in inputs.engine.items() if name != "workers"}
    record = {
        "modalities": list(branch),
        "model": checkpoint.describe(model),
        "inputs": {name: asdict(given) for name, given in inputs_of(windows).items()},
        "corpora": records,
        "preprocess": {corpus.name: corpus.chain for corpus in cell.corpora},
        "window": dict(cell.cell.window),
        "windows": {"training": len(training), "validation": len(validation)},
        "seed": context.seed,
        "engine": engine,
    }
    code = [code_of(cell.cell.model, cell.registry), pretraining_digest(cell), bench.__version__, torch.__version__]
    key = digest([record["model"], record["inputs"], list(branch), identity, context.seed, engine, code])
    fit = MaskedPretraining(
        model, Unfused(), unlabelled(windows.take(training)), unlabelled(windows.take(validation)), seed
    )
    return PretrainingJob(key, fit, record, context.folder)


def windows_of(
    context: PretrainContext, corpus: ResolvedCorpus, branch: tuple[str, ...], inputs: BranchInputs
) -> WindowSet | None:
    """The windows of a corpus as inputs of the branch. Of the evaluated data set, those of the training part."""
    if corpus.corpus.own:
        return select(inputs.visible, branch) if len(inputs.visible) else None
    every = context.cell.cell.modalities
    recorded = branch if set(branch) <= set(every) else every  # others are merged by the fusion
    windows = context.windows(corpus, recorded)
    if windows is None or recorded == branch:
        return windows
    return inputs.fusion.merge(windows)  # type: ignore[return-value]


def select(windows: WindowSet, modalities: tuple[str, ...]) -> WindowSet:
    """The windows with these modalities: all that there are, or a single one."""
    return windows if windows.modalities == modalities else windows.only(modalities[0])


def unlabelled(windows: WindowSet) -> LabelledWindowSet:
    """Windows with a constant label, since the engine takes labelled ones."""
    return windows.labelled(np.zeros(len(windows), dtype=np.int64), ("",))


def size(windows: WindowSet) -> dict[str, Any]:
    hours = float((windows.stop - windows.start).sum() / 3600) if len(windows) else 0.0
    return {"windows": len(windows), "subjects": len(np.unique(windows.subject)), "hours": round(hours, 3)}


def split_recordings(windows: WindowSet, share: float, seed: int) -> tuple[Rows, Rows]:
    """Training and validation windows; a recording is on one side only."""
    recording = parts_of(windows)[0].recording
    every = np.unique(recording)
    if not share or len(every) < FEW:
        return np.arange(len(windows)), np.arange(0)
    count = max(1, round(share * len(every)))
    validation = np.isin(recording, np.random.default_rng([seed, 1]).permutation(every)[:count])
    return np.flatnonzero(~validation), np.flatnonzero(validation)
