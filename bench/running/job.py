"""A job: one task, or several whose networks are trained together. An executor calls it anywhere."""

from __future__ import annotations

import contextlib
import errno
import math
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from bench.api import TaskInfo
from bench.errors import BenchError, StorageError, described
from bench.results.store import Store
from bench.results.task_record import FailureRecord
from bench.running.opened_cell import Clock, open_cell, registry
from bench.worker import networks
from bench.worker.fit import fit_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.results.task_record import Scores
    from bench.running.opened_cell import RunningTask

BUSY = "another process is running this task"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}  # errors of a disk that is full or read-only


@dataclass(frozen=True)
class Item:
    """A task of a cell."""

    key: str
    task: str
    label: str  # of the cell

    def info(self, status: Any, **values: Any) -> TaskInfo:
        return TaskInfo(self.key, self.label, self.task, status, **values)


@dataclass(frozen=True)
class Job:
    """Runs tasks and stores their results. It can be pickled."""

    out: str
    cache: str
    items: tuple[Item, ...]
    device: str
    wait: bool = False  # for another process that runs the task, instead of skipping it
    fresh: bool = False  # run the task again although it is stored
    workers: int = 0  # threads that train networks; 0: one per core

    def __call__(self) -> Iterator[TaskInfo]:
        store = Store(Path(self.out))
        with contextlib.ExitStack() as locks:
            mine = []
            for item in self.items:
                try:
                    locks.enter_context(FileLock(store.lock(item.key, item.task), timeout=-1 if self.wait else 0))
                except Timeout:
                    yield item.info("elsewhere", message=BUSY)
                    continue
                if not self.fresh and store.state(item.key, item.task) == "done":
                    yield item.info("elsewhere", metrics=numbers(store.record(item.key, item.task).metrics))
                    continue
                mine.append(item)
            yield from self._run(store, mine)

    def _run(self, store: Store, items: list[Item]) -> Iterator[TaskInfo]:
        """Each result is stored before it is reported."""
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
        for number, found in fit_all([task.fit for _, task in begun]):
            item, task = begun[number]
            try:
                if isinstance(found, Exception):
                    raise found  # noqa: TRY301 - handled like an exception that is raised here
                predictions, record = task.opened.end(task, found, clock.lap())
                networks.save_weights(found, store.weights(item.key, item.task))
                store.write_task(item.key, item.task, predictions, record)
                store.drop_checkpoints(item.key, item.task)
            except Exception as error:  # noqa: BLE001 - as above
                yield failed(store, item, error, clock.lap())
                continue
            yield item.info("done", metrics=numbers(record.metrics), seconds=record.cost.seconds)


def numbers(scores: Scores) -> dict[str, float]:
    """NaN where a score is not defined."""
    return {name: math.nan if value is None else value for name, value in scores.items()}


def failed(store: Store, item: Item, error: Exception, took: tuple[float, float] = (0.0, 0.0)) -> TaskInfo:
    """Store why a task failed; raise what would end the other tasks as well."""
    if isinstance(error, StorageError):
        raise error
    if isinstance(error, OSError) and error.errno in FULL:
        raise store.unwritable(error) from error
    message = str(error) if isinstance(error, BenchError) else described(error, registry().packages)
    lines = "".join(traceback.format_exception(error))
    store.write_failure(item.key, item.task, FailureRecord(message=message, traceback=lines))
    return item.info("failed", message=message, seconds=took[0])
