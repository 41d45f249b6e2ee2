"""A cell with its data and folds at hand. Only the harness holds test parts."""

from __future__ import annotations

import contextlib
import functools
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api import Pretrainable
from bench.cells import data, scalings
from bench.cells.keys import code_record
from bench.cells.resolved import ResolvedCell
from bench.data.cache import Cache
from bench.digests import digest
from bench.errors import DataError, TaskError
from bench.pretraining import corpora
from bench.readers import file_digests
from bench.registry import Registry
from bench.results.environment import environment
from bench.results.store import Store
from bench.results.task_record import COMPLETE, Cost, SearchRecord, TaskRecord, WindowCounts
from bench.running import records
from bench.worker import networks, search
from bench.worker.fit_plan import FitSpec, FitTask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.api import Array, Fold
    from bench.planning.planner import PlannedCell
    from bench.worker.fitted_model import FittedModel


@dataclass(frozen=True)
class RunningTask:
    """A task whose options are chosen, ready to be fitted."""

    opened: OpenCell
    task: str
    fold: Fold
    seed: int
    split: data.Split
    fit: FitTask
    searched: search.SearchResult | None
    took: tuple[float, float]  # wall and processor seconds of the search


class OpenCell:
    """A cell with its data and folds."""

    def __init__(self, resolved: ResolvedCell, loaded: data.CellData, folds: Sequence[Fold], cache: Path) -> None:
        self.resolved, self.data, self.folds, self.cache = resolved, loaded, folds, cache
        self._corpora: dict[Any, Any] = {}  # windows of corpora that are the same for all folds

    def begin(self, task: str, device: str, workers: int, store: Store) -> RunningTask:
        """Cut the parts of the fold, and search options if requested."""
        number, seed = int(task.partition("-")[0]), int(task.rpartition(".s")[2])
        fold, resolved, cell = self.folds[number], self.resolved, self.resolved.cell
        if not len(fold.test):
            raise TaskError(f"Fold '{fold.name}' has no test windows.")
        random = int(digest([seed, fold.name])[:8], 16)
        split, clock, searched = self.data.of_fold(fold), Clock(), None
        spec = self.spec(device, workers)
        if isinstance(resolved.model, Pretrainable) and (cell.corpora or cell.weights):
            spec, split = self._with_pretraining(spec, split, fold, seed, resolved.model.pretrain_exclude)
        if cell.search:
            fixed = {"model": cell.model.fixed, "fusion": cell.fusion.fixed}
            journal = store.journal(resolved.key, task)
            searched = search.search(spec, split.part, cell.search, fixed, random, journal)
            spec = search.apply(spec, searched.options)
        fit = FitTask(spec, split.part, random, store.checkpoints(resolved.key, task))
        return RunningTask(self, task, fold, seed, split, fit, searched, clock.lap())

    def end(
        self, running: RunningTask, fitted: FittedModel, took: tuple[float, float]
    ) -> tuple[dict[str, dict[str, Array]], TaskRecord]:
        """Predictions for the test windows by condition, and the record of the task."""
        split, clock = running.split, Clock()
        predictions = fitted.predict(split.test)
        predicting = clock.lap()
        classes, dataset = self.resolved.classes, self.resolved.dataset
        record = TaskRecord(
            cell=self.resolved.cell,
            task=running.task,
            fold=running.fold.name,
            seed=running.seed,
            simulated=dataset.simulated,
            windows=WindowCounts(len(split.part.windows), len(split.table)),
            **records.scored(split.table, predictions, classes),
            label_rule=split.rule if isinstance(split.rule, dict) else None,
            scale=scalings.to_record(split.scale, dataset.stimulus_modalities),
            search=SearchRecord(**vars(running.searched)) if running.searched else None,
            parameters=fitted.parameters,
            training=networks.training_logs(fitted),
            device=running.fit.spec.device,
            code=code_record(self.resolved),
            data=self.resolved.data_key,
            environment=environment(),
            cost=Cost(
                search_seconds=running.took[0],
                fit_seconds=took[0],
                predict_seconds=predicting[0],
                cpu_seconds=running.took[1] + took[1] + predicting[1],
                peak_memory_mb=records.peak_memory(),
            ),
            finished=records.now(),
        )
        return {COMPLETE: records.stored(split.table, predictions, classes)}, record

    def _with_pretraining(
        self, spec: FitSpec, split: data.Split, fold: Fold, seed: int, unseen: str
    ) -> tuple[FitSpec, data.Split]:
        """The spec with its pre-training, and the part with the windows that pre-training may use."""
        from bench.pretraining.jobs import PretrainContext

        rows = np.sort(np.concatenate([fold.train, fold.validation]))
        part = replace(split.part, visible=corpora.visible(self.data.table, rows, fold.test, unseen))
        context = PretrainContext(self.resolved, self.cache, fold.name, seed, self._corpora)
        return replace(spec, pretraining=context), replace(split, part=part)

    def spec(self, device: str, workers: int) -> FitSpec:
        resolved, engine = self.resolved, self.resolved.cell.engine
        used = device if device.partition(":")[0] in resolved.model.devices else "cpu"
        if engine:
            used, engine = networks.resolved_device(device), {**engine, "workers": workers}
        return FitSpec(resolved.model, resolved.fusion, resolved.protocol, used, engine)


class Clock:
    """Wall and processor time since the last lap; networks that are fitted together share it."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def lap(self) -> tuple[float, float]:
        before = self.wall, self.cpu
        self.wall, self.cpu = time.perf_counter(), time.process_time()
        return self.wall - before[0], self.cpu - before[1]


_planned: dict[tuple[str, str], PlannedCell] = {}  # (results folder, key): cells that this process has planned


@contextlib.contextmanager
def planned_here(out: Path, cells: Iterable[PlannedCell]) -> Iterator[None]:
    """Let tasks that run in this process use what it has resolved and loaded already."""
    mine = {(str(out), cell.key): cell for cell in cells}
    _planned.update(mine)
    try:
        yield
    finally:
        for key in mine:
            _planned.pop(key, None)
        open_cell.cache_clear()


@functools.lru_cache(maxsize=4)
def open_cell(out: str, cache: str, key: str) -> OpenCell:
    """A cell of the store with its data; cached, since its tasks follow each other."""
    file_digests.cache_in(Path(cache))
    store = Store(Path(out))
    if (out, key) in _planned:
        planned = _planned[out, key]
        resolved, windows = planned.resolved, planned.windows
        loaded = data.load_windows(resolved, windows, Cache(Path(cache)), lambda *_: None)
    else:
        resolved = ResolvedCell(store.read_cell(key).cell, registry())
        loaded = data.load(resolved, Cache(Path(cache)), lambda *_: None)
    folds, planned_windows = store.read_folds(key)
    if planned_windows != len(loaded.table):
        raise DataError(
            f"The cell {key} was planned with {planned_windows} windows, and there are {len(loaded.table)} now: data "
            "or code have changed since. Do the run again with --fresh."
        )
    return OpenCell(resolved, loaded, folds, Path(cache))


@functools.cache
def registry() -> Registry:
    return Registry()
