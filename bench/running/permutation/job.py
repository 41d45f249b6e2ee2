"""A job: the permutations of one fold. An executor calls it anywhere."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from bench.results import permutations
from bench.results.permutations import read_fold, write_fold
from bench.results.store import Store
from bench.running.isolation import Isolation, workers_of
from bench.running.job import Item, failed
from bench.running.opened_cell import open_cell
from bench.running.permutation.desk import PermutedFoldDesk
from bench.running.shipping.portable import PortableJob
from bench.running.shipping.task_files import PERMUTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.api import TaskInfo


@dataclass(frozen=True)
class PermutationJob(PortableJob):
    """Trains the permutations of a fold that are not stored yet, and stores them. It can be pickled."""

    out: str
    cache: str
    item: Item
    permutations: int
    device: str
    isolation: Isolation

    def __call__(self) -> Iterator[TaskInfo]:
        store, item = Store(Path(self.out)), self.permuted
        with contextlib.ExitStack() as locks:
            mine, others = self.claim(store, locks)
            yield from others
            if not mine:
                return
            stored = read_fold(store, item.key, self.item.task)
            first = 0 if stored is None else len(stored)
            try:
                opened = open_cell(self.out, self.cache, item.key, here=self.isolation.level == "inline")
                numbers = range(first, self.permutations)
                desk = PermutedFoldDesk(opened, self.item.task, self.device, store, self.isolation, numbers)
                found = desk.run(workers_of(self.out, self.cache, self.isolation))
                write_fold(store, item.key, self.item.task, found if stored is None else stored.extended(found))
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other folds go on
                yield failed(store, item, error)
                return
            (store.cell(item.key) / "failed" / f"{item.task}.json").unlink(missing_ok=True)
        yield item.info("done")

    @property
    def permuted(self) -> Item:
        """The task by the name under which its permutations are locked and reported."""
        return replace(self.item, task=self.item.task + PERMUTED)

    def claim(self, store: Store, locks: contextlib.ExitStack) -> tuple[list[Item], list[TaskInfo]]:
        locks.enter_context(FileLock(store.lock(self.item.key, self.permuted.task)))
        stored = read_fold(store, self.item.key, self.item.task)
        if stored is not None and len(stored) >= self.permutations:
            return [], [self.permuted.info("elsewhere")]
        return [self.item], []

    def begin(self, store: Store, item: Item) -> None:
        """Permutations that are stored stay as they are."""

    def needs(self, store: Store, item: Item) -> list[Path]:
        return [permutations.folder(store, item.key) / f"{item.task}.npz", store.task(item.key, item.task)]

    def moved(self, out: str, cache: str, isolation: Isolation, items: Sequence[Item]) -> PermutationJob:
        return replace(self, out=out, cache=cache, isolation=isolation, item=items[0])
