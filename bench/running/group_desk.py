"""The harness's side of one worker: it passes calls on to the folds that it has, and pre-trains for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.running.mirror import Mirror
from bench.running.plugins import Plugins
from bench.running.workers import Desk
from bench.worker.fold import FoldWork
from bench.worker.wire import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.api import Array
    from bench.pretraining.init_weights import Pretrained
    from bench.pretraining.jobs import PretrainingJob
    from bench.running.fold_desk import FoldDesk
    from bench.running.workers import Workers


class GroupDesk(Desk):
    """One fold, or several whose networks are trained as stacks."""

    def __init__(self, folds: Sequence[FoldDesk], workers: Workers) -> None:
        self.folds, self.workers = folds, workers

    def begin(self, scratch: Path) -> None:
        super().begin(scratch)
        self.mirrors = [
            Mirror(scratch / f"checkpoints-{number}", fold.checkpoints) for number, fold in enumerate(self.folds)
        ]
        for mirror in self.mirrors:
            mirror.restore()

    def save(self) -> None:
        for fold, mirror in zip(self.folds, self.mirrors, strict=True):
            if fold.record is None:  # a finished fold needs no checkpoint
                mirror.save()

    def run(self) -> tuple[str, str]:
        """Do the work; returns what ended it before its end, and a traceback, if anything did."""
        first = self.folds[0].job
        spec = first.spec
        scalings = [scaling for steps in first.scalings.values() for scaling in steps]
        plugins = [plugin for fold in self.folds for plugin in (fold.job.spec.model, fold.job.spec.fusion)]
        files = [weights.file for fold in self.folds for weights in fold.job.spec.weights]
        ended = self.workers.run(
            FoldWork(tuple(fold.job for fold in self.folds)),
            self,
            Plugins.of(
                [*plugins, spec.protocol, *scalings], networks=bool(spec.engine), files=tuple(files), like=first
            ),
        )
        return ended.problem, ended.traceback

    def answer(self, kind: str, values: Mapping[str, Any], arrays: Sequence[Array]) -> Any:
        if kind in ("progress", "pretrained"):
            return super().answer(kind, values, arrays)
        number = values.get("task")
        fold = self.folds[number] if isinstance(number, int) and 0 <= number < len(self.folds) else None
        method = getattr(fold, f"on_{kind}", None)
        if method is None:
            raise Malformed(f"a call '{kind}' that there is not")
        if kind == "finished":
            return method(values, arrays, self.process, self.scratch / f"weights-{number}")
        return method(values, arrays)

    def on_pretrained(self, values: Mapping[str, Any], rows: Sequence[Array]) -> list[Pretrained]:
        """Weights of branches from the cache, or from a worker that gets these windows without labels."""
        from bench.pretraining.jobs import OwnWindows, PretrainContext, pretraining_job
        from bench.pretraining.weight_cache import pretrained_weights

        jobs = []
        for each, own_rows in zip(values["wanted"], rows, strict=True):
            fold = self.folds[each["task"]]
            opened, job = fold.opened, fold.job
            allowed = np.ones(len(fold.known), dtype=bool) if job.part.visible is None else job.part.visible
            if own_rows.ndim != 1 or not np.isin(own_rows, np.flatnonzero(allowed)).all():
                raise Malformed("windows that pre-training may not use")
            context = PretrainContext(opened.resolved, opened.cache, opened.corpora)
            own = OwnWindows(fold.fold.name, fold.seed, fold.known, fold.given)
            model = replace(opened.resolved.model, **each["model"])
            engine = opened.resolved.cell.engine
            branch = tuple(map(str, each["branch"]))
            jobs.append(pretraining_job(context, model, branch, own, own_rows, engine))
        cache = self.folds[0].opened.cache
        found = pretrained_weights(jobs, cache, self._pretrain)
        return [found[job.key] for job in jobs]

    def _pretrain(self, jobs: Sequence[PretrainingJob], checkpoints: Sequence[Path]) -> list[Any]:
        from bench.worker.pretraining import PretrainWork

        spec = self.folds[0].job.spec
        desk = PretrainDesk(len(jobs), checkpoints)
        work = PretrainWork(tuple(job.inputs for job in jobs), spec.device, spec.engine)
        plugins = [plugin for job in jobs for plugin in (job.inputs.model, job.inputs.fusion)]
        ended = self.workers.run(work, desk, Plugins.of(plugins, networks=True, labels=False))
        problem = f"Pre-training: {ended.problem}" if ended.problem else "Pre-training has returned no weights."
        return [problem if made is None else made for made in desk.made]


class PretrainDesk(Desk):
    """Keeps what a pre-training sends."""

    def __init__(self, count: int, checkpoints: Sequence[Path]) -> None:
        self.made: list[Any] = [None] * count
        self.checkpoints = checkpoints

    def begin(self, scratch: Path) -> None:
        super().begin(scratch)
        self.mirrors = [
            Mirror(scratch / f"checkpoint-{number}.safetensors", file) for number, file in enumerate(self.checkpoints)
        ]
        for mirror in self.mirrors:
            mirror.restore()

    def on_weights(self, values: Mapping[str, Any], arrays: Sequence[Array]) -> None:
        tensors = dict(zip(map(str, values["names"]), arrays, strict=True))
        self.made[values["task"]] = tensors, dict(values["facts"])

    def on_failed(self, values: Mapping[str, Any], _: Sequence[Array]) -> None:
        self.made[values["task"]] = str(values["message"])
