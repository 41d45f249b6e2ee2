"""What networks learn before labels: which pre-training each branch wants, from which windows."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

import bench
from bench.data.cache import Cache
from bench.data.digests import code_digest, digest
from bench.errors import TaskError
from bench.pretraining import corpora, weight_files
from bench.pretraining.masked_pretraining import MaskedPretraining
from bench.training import checkpoint
from bench.training.device_signals import parts_of
from bench.training.network_fit import inputs_of
from bench.training.networks.network import Unfused

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Pretrainable, Rows
    from bench.cells.cell import ResolvedCell, ResolvedCorpus
    from bench.data.windows import LabelledWindowSet, WindowSet
    from bench.worker.fitting import FitRequest, FitSpec

FEW = 5  # recordings of which none can be kept back


@dataclass(frozen=True)
class PretrainContext:
    """What a fold's networks begin with: corpora, or weights that somebody else has pre-trained."""

    parts: ResolvedCell
    cache: Path
    fold: str = ""
    draw: int = 0  # the seed as it was typed: folds whose corpora are the same share what is learnt
    loaded: dict[tuple[str, tuple[str, ...]], WindowSet | None] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.cache / weight_files.FOLDER

    def windows(self, corpus: ResolvedCorpus, modalities: tuple[str, ...]) -> WindowSet | None:
        """Of a corpus that is the same for all folds."""
        found = corpus.key, modalities
        if found not in self.loaded:
            self.loaded[found] = corpora.load(corpus, modalities, Cache(self.cache), lambda *_: None)
        return self.loaded[found]


@dataclass(frozen=True)
class PretrainingJob:
    """One that is wanted; those of the same key are the same."""

    key: str
    member: MaskedPretraining
    about: dict[str, Any]
    folder: Path  # where it is kept


def wanted(spec: FitSpec, want: FitRequest) -> dict[tuple[str, ...], PretrainingJob]:
    """One for each branch, or one for all where the model pre-trains them together."""
    if spec.before is None or not spec.before.parts.corpora:
        return {}
    modalities = want.train.modalities
    together = cast("Pretrainable", spec.model).together
    branches = [modalities] if together else [(name,) for name in modalities]
    return {branch: pretraining(spec, spec.before, branch, want) for branch in branches}


def pretraining(spec: FitSpec, before: PretrainContext, branch: tuple[str, ...], want: FitRequest) -> PretrainingJob:
    """What one branch learns from, and the key that follows from it."""
    parts, model = before.parts, cast("Pretrainable", spec.model).pretraining()
    named, told, identity = [], [], []
    for corpus in parts.corpora:
        windows = of_branch(spec, before, corpus, branch, want)
        if windows is None:
            told.append({"name": corpus.name, "windows": 0})
            continue
        named.append((corpus.name, windows))
        own = corpus.corpus.own
        simulated = {"simulated": True} if corpus.dataset.simulated else {}
        told.append({"name": corpus.name, **size(windows), "fold": before.fold if own else None, **simulated})
        identity.append([corpus.key, checkpoint.digest(unlabelled(windows)) if own else None])
    if not named:
        names = ", ".join(corpus.name for corpus in parts.corpora)
        raise TaskError(
            f"None of the corpora ({names}) has windows with {' and '.join(branch)} that pre-training may see "
            f"(unseen={cast('Pretrainable', spec.model).unseen}); name another one."
        )
    corpora.check_alike([*named, ("the evaluated data set", several(want.train, branch))])
    windows = corpora.below_each_other([windows for _, windows in named])
    seed = int(digest(["pretrain", before.draw, branch])[:8], 16) & 0x7FFFFFFF
    shown, back = kept_back(windows, model.kept_back, seed)
    if not len(shown):
        raise TaskError(f"The corpora have no window with {' and '.join(branch)} to learn from.")
    engine = {name: value for name, value in spec.engine.items() if name != "workers"}
    about = {
        "modalities": list(branch),
        "model": checkpoint.described(model),
        "inputs": {name: asdict(given) for name, given in inputs_of(windows).items()},
        "corpora": told,
        "preprocess": {corpus.name: corpus.chain for corpus in parts.corpora},
        "window": dict(parts.cell.window),
        "windows": {"learnt from": len(shown), "kept back": len(back)},
        "seed": before.draw,
        "engine": engine,
    }
    code = [parts.cell.model.code(parts.registry), code_digest("bench.training"), bench.__version__, torch.__version__]
    key = digest([about["model"], about["inputs"], list(branch), identity, before.draw, engine, code])
    learnt_from, measured = unlabelled(windows.take(shown)), unlabelled(windows.take(back))
    return PretrainingJob(key, MaskedPretraining(model, Unfused(), learnt_from, measured, seed), about, before.folder)


def of_branch(
    spec: FitSpec, before: PretrainContext, corpus: ResolvedCorpus, branch: tuple[str, ...], want: FitRequest
) -> WindowSet | None:
    """The windows of a corpus as the branch is given them; of the evaluated data set, those of the training part."""
    if corpus.corpus.own:
        return several(want.shown, branch) if len(want.shown) else None
    every = before.parts.cell.modalities
    recorded = branch if set(branch) <= set(every) else every  # others have been merged
    windows = before.windows(corpus, recorded)
    return spec.fusion.merge(windows) if windows is not None and recorded != branch else windows  # type: ignore[return-value]


def several(windows: WindowSet, modalities: tuple[str, ...]) -> WindowSet:
    """The same windows with some of their modalities, each of which `only` could give alone."""
    return windows if windows.modalities == modalities else windows.only(modalities[0])


def unlabelled(windows: WindowSet) -> LabelledWindowSet:
    """What the engine learns from has labels; these say nothing."""
    return windows.labelled(np.zeros(len(windows), dtype=np.int64), ("",))


def size(windows: WindowSet) -> dict[str, Any]:
    hours = float((windows.stop - windows.start).sum() / 3600) if len(windows) else 0.0
    return {"windows": len(windows), "people": len(np.unique(windows.subject)), "hours": round(hours, 3)}


def kept_back(windows: WindowSet, share: float, seed: int) -> tuple[Rows, Rows]:
    """Windows to learn from, and those of whole recordings that only measure what was learnt."""
    recording = parts_of(windows)[0].recording
    every = np.unique(recording)
    if not share or len(every) < FEW:
        return np.arange(len(windows)), np.arange(0)
    count = max(1, round(share * len(every)))
    back = np.isin(recording, np.random.default_rng([seed, 1]).permutation(every)[:count])
    return np.flatnonzero(~back), np.flatnonzero(back)
