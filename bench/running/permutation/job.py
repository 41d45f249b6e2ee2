"""A job: the permutations of one fold. An executor calls it anywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from bench.results.permutations import read_fold, write_fold
from bench.results.store import Store
from bench.running.isolation import Isolation, workers_of
from bench.running.job import Item, failed
from bench.running.opened_cell import open_cell
from bench.running.permutation.desk import PermutedFoldDesk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.api import TaskInfo

SUFFIX = ".permuted"  # of the name of a task, where its permutations fail


@dataclass(frozen=True)
class PermutationJob:
    """Trains the permutations of a fold that are not stored yet, and stores them. It can be pickled."""

    out: str
    cache: str
    item: Item
    permutations: int
    device: str
    isolation: Isolation

    def __call__(self) -> Iterator[TaskInfo]:
        store, item = Store(Path(self.out)), replace(self.item, task=self.item.task + SUFFIX)
        with FileLock(store.lock(item.key, item.task)):
            stored = read_fold(store, item.key, self.item.task)
            first = 0 if stored is None else len(stored)
            if first >= self.permutations:
                yield item.info("elsewhere")
                return
            try:
                opened = open_cell(self.out, self.cache, item.key, here=self.isolation.level == "inline")
                numbers = range(first, self.permutations)
                desk = PermutedFoldDesk(opened, self.item.task, self.device, store, self.isolation.level, numbers)
                found = desk.run(workers_of(self.out, self.cache, self.isolation))
                write_fold(store, item.key, self.item.task, found if stored is None else stored.extended(found))
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other folds go on
                yield failed(store, item, error)
                return
            (store.cell(item.key) / "failed" / f"{item.task}.json").unlink(missing_ok=True)
        yield item.info("done")
