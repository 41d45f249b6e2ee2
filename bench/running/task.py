"""A task: one fold of a cell with one seed, from its key to its stored result."""

from __future__ import annotations

import contextlib
import errno
import functools
import re
import time
import traceback
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock, Timeout

from bench.api import Pretrainable, TaskInfo
from bench.cells import data, scalings
from bench.cells.cell import Cell, ResolvedCell
from bench.data.cache import Cache
from bench.data.digests import digest
from bench.errors import BenchError, StorageError, TaskError
from bench.pretraining import corpora
from bench.readers import digests
from bench.registry import Registry
from bench.results.environment import environment
from bench.results.store import Store
from bench.running import records
from bench.worker import fitting, networks, search

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.api import Array, Fold

BUSY = "another process is at it"
SECONDS = ("search_seconds", "fit_seconds", "predict_seconds")
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}  # a disk that takes no more


@dataclass(frozen=True)
class Item:
    """A task of a cell."""

    key: str
    task: str
    label: str  # the cell in words

    def info(self, status: Any, **values: Any) -> TaskInfo:
        return TaskInfo(self.key, self.label, self.task, status, **values)


@dataclass(frozen=True)
class Job:
    """Carries out one task, or several whose networks are trained together, wherever it is called; can be pickled."""

    out: str
    cache: str
    items: tuple[Item, ...]
    device: str
    wait: bool = False  # for another process that holds the task, instead of leaving it
    fresh: bool = False  # although it is stored
    workers: int = 0  # threads that train networks; 0: one per core

    def __call__(self) -> Iterator[TaskInfo]:
        store = Store(Path(self.out))
        with contextlib.ExitStack() as held:
            mine = []
            for item in self.items:
                try:
                    held.enter_context(FileLock(store.lock(item.key, item.task), timeout=-1 if self.wait else 0))
                except Timeout:
                    yield item.info("elsewhere", message=BUSY)
                    continue
                if not self.fresh and store.state(item.key, item.task) == "done":
                    yield item.info("elsewhere", metrics=store.record(item.key, item.task)["metrics"])
                    continue
                mine.append(item)
            yield from self._carry_out(store, mine)

    def _carry_out(self, store: Store, items: list[Item]) -> Iterator[TaskInfo]:
        """Each result is stored before it is told."""
        begun: list[tuple[Item, RunningTask]] = []
        for item in items:
            try:
                if self.fresh:
                    store.forget(item.key, item.task)
                opened = open_cell(self.out, self.cache, item.key)
                begun.append((item, opened.begin(item.task, self.device, self.workers, store)))
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other tasks go on
                yield failed(store, item, error)
        clock = Clock()
        for number, found in fitting.fit_all([task.request for _, task in begun]):
            item, task = begun[number]
            try:
                if isinstance(found, Exception):
                    raise found  # noqa: TRY301 - it is told as one that is raised here
                predictions, record = task.opened.end(task, found, clock.lap())
                networks.keep(found, store.weights(item.key, item.task))
                store.write_task(item.key, item.task, predictions, record)
                store.drop_checkpoints(item.key, item.task)
            except Exception as error:  # noqa: BLE001 - as above
                yield failed(store, item, error, clock.lap())
                continue
            yield item.info("done", metrics=record["metrics"], seconds=sum(record["cost"][name] for name in SECONDS))


class Clock:
    """Wall and processor time since the last look: what one task takes of those that are fitted together."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def lap(self) -> tuple[float, float]:
        before = self.wall, self.cpu
        self.wall, self.cpu = time.perf_counter(), time.process_time()
        return self.wall - before[0], self.cpu - before[1]


def failed(store: Store, item: Item, error: Exception, took: tuple[float, float] = (0.0, 0.0)) -> TaskInfo:
    """How a task failed, stored; raises what would stop the other tasks as well."""
    if isinstance(error, StorageError):
        raise error
    if isinstance(error, OSError) and error.errno in FULL:  # the other tasks would not fare better
        raise store.unwritable(error) from error
    message = str(error) if isinstance(error, BenchError) else f"{type(error).__name__}: {error}"
    lines = "".join(traceback.format_exception(error))
    store.write_failure(item.key, item.task, {"message": message, "traceback": lines})
    return item.info("failed", message=message, seconds=took[0])


def task_names(folds: list[Fold], seed: int | None = None) -> list[str]:
    """`003-P04.s0`: number and name of the fold, and the seed."""
    suffix = "" if seed is None else f".s{seed}"
    return [f"{place:03d}-{re.sub(r'[^A-Za-z0-9_.-]', '_', fold.name)}{suffix}" for place, fold in enumerate(folds)]


@functools.lru_cache(maxsize=4)
def open_cell(out: str, cache: str, key: str) -> OpenCell:
    """A cell from its description in the store; kept, since its tasks come one after another."""
    digests.remember_in(Path(cache))
    description = Store(Path(out)).read_cell(key)
    parts = ResolvedCell(Cell.from_record(description["cell"]), registry())
    return OpenCell(parts, data.load(parts, Cache(Path(cache)), lambda *_: None), Path(cache))


@functools.cache
def registry() -> Registry:
    return Registry()


@dataclass(frozen=True)
class RunningTask:
    """A task of which all is known but what fitting gives."""

    opened: OpenCell
    task: str
    fold: Fold
    seed: int
    split: data.Split
    request: fitting.Request
    chosen: search.SearchResult | None
    took: tuple[float, float]  # wall and processor seconds of the search


class OpenCell:
    """A cell with its data at hand: the only holder of test parts."""

    def __init__(self, parts: ResolvedCell, loaded: data.CellData, cache: Path) -> None:
        self.parts = parts
        self.data = loaded
        self.cache = cache
        self._corpora: dict[Any, Any] = {}  # those that are the same for all folds
        self.folds = list(parts.protocol.folds(loaded.table))

    def begin(self, task: str, device: str, workers: int, store: Store) -> RunningTask:
        """Cut the fold, and choose options where that is asked for."""
        number, seed = int(task.partition("-")[0]), int(task.rpartition(".s")[2])
        fold, parts, cell = self.folds[number], self.parts, self.parts.cell
        if not len(fold.test):
            raise TaskError(f"Fold '{fold.name}' holds out no window.")
        random = int(digest([seed, fold.name])[:8], 16)
        split, clock, chosen = self.data.of_fold(fold), Clock(), None
        spec = self.spec(device, workers)
        if isinstance(parts.model, Pretrainable) and (cell.corpora or cell.weights):
            spec, split = self._begins(spec, split, fold, seed, parts.model.unseen)
        if cell.search:
            fixed = {"model": cell.model.fixed, "fusion": cell.fusion.fixed}
            journal = store.journal(self.parts.key, task)
            chosen = search.search(spec, split.part, cell.search, fixed, random, journal)
            spec = search.apply(spec, chosen.options)
        request = fitting.Request(spec, split.part, random, store.checkpoints(self.parts.key, task))
        return RunningTask(self, task, fold, seed, split, request, chosen, clock.lap())

    def end(
        self, begun: RunningTask, fitted: fitting.FittedModel, took: tuple[float, float]
    ) -> tuple[dict[str, Array], dict[str, Any]]:
        """Predictions of the held-out windows, and the record."""
        split, clock = begun.split, Clock()
        predictions = fitted.predict(split.test)
        predicted = clock.lap()
        record = {
            "cell": asdict(self.parts.cell),
            "task": begun.task,
            "fold": begun.fold.name,
            "seed": begun.seed,
            "simulated": self.parts.dataset.simulated,
            "windows": {"train": len(split.part.windows), "test": len(split.table)},
            **records.scored(split.table, predictions, self.parts.classes),
            "label_rule": split.rule if isinstance(split.rule, dict) else None,  # thresholds, by person
            # by modality: what is taken away from each channel, and by what it is divided
            "scale": scalings.told(split.scale, self.parts.dataset.stimulus_modalities),
            "search": asdict(begun.chosen) if begun.chosen else None,
            "parameters": fitted.parameters,
            "training": networks.told(fitted),  # how each network learnt
            "device": begun.request.spec.device,
            "code": records.code(self.parts),
            "data": self.parts.data_key,
            "environment": environment(),
            "cost": {
                "search_seconds": begun.took[0],
                "fit_seconds": took[0],
                "predict_seconds": predicted[0],
                "cpu_seconds": begun.took[1] + took[1] + predicted[1],
                "peak_memory_mb": records.peak_memory(),
            },
        }
        return records.stored(split.table, predictions, self.parts.classes), record

    def _begins(
        self, spec: fitting.FitSpec, split: data.Split, fold: Fold, seed: int, unseen: str
    ) -> tuple[fitting.FitSpec, data.Split]:
        """What networks learn before labels, and what of the training part that may be."""
        from bench.pretraining.jobs import PretrainContext

        rows = np.sort(np.concatenate([fold.train, fold.validation]))
        part = replace(split.part, shown=corpora.shown(self.data.table, rows, fold.test, unseen))
        before = PretrainContext(self.parts, self.cache, fold.name, seed, self._corpora)
        return replace(spec, before=before), replace(split, part=part)

    def spec(self, device: str, workers: int) -> fitting.FitSpec:
        parts = self.parts
        resolved = device if device.partition(":")[0] in parts.model.devices else "cpu"
        engine = parts.cell.engine
        if engine:
            resolved, engine = networks.resolved_device(device), {**engine, "workers": workers}
        return fitting.FitSpec(parts.model, parts.fusion, parts.protocol, resolved, engine)
