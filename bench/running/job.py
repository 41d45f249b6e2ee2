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
from bench.errors import StorageError, sentence
from bench.results import permutations
from bench.results.store import Store
from bench.results.task_record import FailureRecord
from bench.running.fold_desk import FoldDesk
from bench.running.group_desk import GroupDesk
from bench.running.isolation import Isolation, workers_of
from bench.running.opened_cell import open_cell, registry
from bench.running.shipping.portable import PortableJob

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.results.task_record import Scores

BUSY = "another process is running this task"
UNFINISHED = (
    "A plugin has ended the work of this fold before all held-out windows were predicted; run it with "
    "--isolation inline to debug it."
)
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
class Job(PortableJob):
    """Runs tasks and stores their results. It can be pickled."""

    out: str
    cache: str
    items: tuple[Item, ...]
    device: str
    isolation: Isolation
    wait: bool = False  # for another process that runs the task, instead of skipping it
    fresh: bool = False  # run the task again although it is stored

    def __call__(self) -> Iterator[TaskInfo]:
        store = Store(Path(self.out))
        with contextlib.ExitStack() as locks:
            mine, others = self.claim(store, locks)
            yield from others
            yield from self._run(store, mine)

    def claim(self, store: Store, locks: contextlib.ExitStack) -> tuple[list[Item], list[TaskInfo]]:
        mine, others = [], []
        for item in self.items:
            try:
                locks.enter_context(FileLock(store.lock(item.key, item.task), timeout=-1 if self.wait else 0))
            except Timeout:
                others.append(item.info("elsewhere", message=BUSY))
                continue
            if not self.fresh and store.state(item.key, item.task) == "done":
                metrics = numbers(store.record(item.key, item.task).metrics)
                others.append(item.info("elsewhere", metrics=metrics))
                continue
            mine.append(item)
        return mine, others

    def begin(self, store: Store, item: Item) -> None:
        if self.fresh:
            store.forget(item.key, item.task)
            permutations.forget(store, item.key, item.task)

    def needs(self, store: Store, item: Item) -> list[Path]:
        return [store.journal(item.key, item.task), store.checkpoints(item.key, item.task)]

    def moved(self, out: str, cache: str, isolation: Isolation, items: Sequence[Item]) -> Job:
        return Job(out, cache, tuple(items), self.device, isolation)

    def _run(self, store: Store, items: list[Item]) -> Iterator[TaskInfo]:
        """Each result is stored before it is reported."""
        begun: list[tuple[Item, FoldDesk]] = []
        for item in items:
            try:
                self.begin(store, item)
                opened = open_cell(self.out, self.cache, item.key, here=self.isolation.level == "inline")
                desk = FoldDesk(opened, item.task, self.device, store, self.isolation)
                begun.append((item, desk))
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other tasks go on
                yield failed(store, item, error)
        if not begun:
            return
        workers = workers_of(self.out, self.cache, self.isolation)
        group = GroupDesk([desk for _, desk in begun], workers)
        try:
            problem, trace = group.run()
        except Exception as error:  # noqa: BLE001 - as above
            for item, desk in begun:
                if desk.record is None:
                    yield failed(store, item, error, desk.seconds)
            return
        for item, desk in begun:
            if desk.record:
                yield item.info("done", metrics=numbers(desk.record.metrics), seconds=desk.record.cost.seconds)
                continue
            failure = desk.failure or FailureRecord(message=problem or UNFINISHED, traceback=trace)
            store.write_failure(item.key, item.task, failure)
            yield item.info("failed", message=failure.message, seconds=desk.seconds)


def numbers(scores: Scores) -> dict[str, float]:
    """NaN where a score is not defined."""
    return {name: math.nan if value is None else value for name, value in scores.items()}


def failed(store: Store, item: Item, error: Exception, seconds: float = 0.0) -> TaskInfo:
    """Store why a task failed; raise what would end the other tasks as well."""
    if isinstance(error, StorageError):
        raise error
    if isinstance(error, OSError) and error.errno in FULL:
        raise store.unwritable(error) from error
    message = sentence(error, registry().packages)
    lines = "".join(traceback.format_exception(error))
    store.write_failure(item.key, item.task, FailureRecord(message=message, traceback=lines))
    return item.info("failed", message=message, seconds=seconds)
