"""Tasks that run in a temporary store of another machine, by the code that runs them anywhere."""

from __future__ import annotations

import atexit
import functools
import hashlib
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench import api, progress
from bench.api import cores
from bench.digests import digest
from bench.planning.plan import RunSettings
from bench.readers.data_folders import data_root
from bench.results.files import write_bytes
from bench.results.store import Store
from bench.results.tasks import seed_of
from bench.running import opened_cell
from bench.running.isolation import chosen, code_of_datasets, preparing
from bench.running.shipping import task_files
from bench.running.shipping.delivery import Delivery
from bench.running.shipping.inputs import input_name, place, placed_weights, pretrained
from bench.running.shipping.sent_cell import check_libraries
from bench.threads import one_thread
from bench.worker.kernel.temporary_folder import locked_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.api.executors import Fetch
    from bench.registry import Registry
    from bench.running.job import Item
    from bench.running.shipping.portable import PortableJob
    from bench.running.shipping.sent_cell import SentCell


@dataclass(frozen=True)
class StoreParcel(api.Parcel):
    """Tasks with what they need of a store, and the names of further inputs."""

    job: PortableJob
    items: tuple[Item, ...]
    cells: tuple[SentCell, ...]
    files: Mapping[str, bytes]  # of their cells, by path below the store
    resumed: Mapping[str, bytes]  # of the tasks
    inputs: tuple[str, ...]
    libraries: Mapping[str, str]

    def __call__(self, fetch: Fetch, cache: Path) -> bytes:
        one_thread()
        check_libraries(self.libraries)
        level, remarks = chosen(self.job.isolation.level), list[str]()
        registry = opened_cell.registry(here=level == "inline")
        store = self._store()
        settings = RunSettings(
            store.root, cache, self.job.device, isolation="inline" if level == "inline" else "auto",
            task_memory=self.job.isolation.memory_mb, task_timeout=self.job.isolation.seconds,
        )  # fmt: skip
        with progress.listening(lambda text, _, total: None if total else remarks.append(text)):
            with preparing(settings, registry):
                self._arrive(store, fetch, cache, registry)
                results = list(self._moved(store, cache, registry)())
            made: dict[str, bytes] = {}
            for item in self.items:
                made |= task_files.take(store, item.key, item.task)
        changed = {name: content for name, content in made.items() if self.resumed.get(name) != content}
        return Delivery(results, changed, self._weights(store, cache), remarks).to_bytes()

    def _store(self) -> Store:
        """A store for these cells, which this process keeps for later parcels, with what the tasks resume from."""
        names = {name: hashlib.sha256(content).hexdigest() for name, content in self.files.items()}
        store = Store(folder_of_process() / digest(names))
        for item in self.items:
            task_files.take(store, item.key, item.task)  # which one that was interrupted has left
        for name, content in {**self.files, **self.resumed}.items():
            write_bytes(store.root / name, content)
        return store

    def _arrive(self, store: Store, fetch: Fetch, cache: Path, registry: Registry) -> None:
        """Have the inputs here, and the cells with the plugins of this machine."""
        for cell in self.cells:
            weights = [replace(each, file=placed_weights(each.sha256, cache)) for each in cell.cell.weights]
            opened_cell.receive(str(store.root), cell.resolve(registry, tuple(weights)))
        place(self.inputs, fetch, cache)

    def _moved(self, store: Store, cache: Path, registry: Registry) -> PortableJob:
        """The job with the folders of this machine; workers may read neither these nor those of the other one."""
        job, theirs = self.job, self.job.isolation
        hidden = {*theirs.hidden, job.out, job.cache, str(data_root()), *code_of_datasets(registry)}
        isolation = replace(theirs, hidden=tuple(sorted(hidden)), tasks=min(theirs.tasks, cores()), threads=1)
        return job.moved(str(store.root), str(cache), isolation, self.items)

    def _weights(self, store: Store, cache: Path) -> dict[str, bytes]:
        """Pre-trained weights that were made here, now or for an earlier parcel."""
        if not any(cell.corpora for cell in self.cells):
            return {}
        found = pretrained(cache, folds_of(store, self.items))
        return {name: path.read_bytes() for name, path in found.items() if input_name(name) not in self.inputs}


def folds_of(store: Store, items: Sequence[Item]) -> set[tuple[str, int]]:
    """The folds of tasks, by name, with their seeds."""
    folds = {key: store.read_folds(key)[0] for key in {item.key for item in items}}
    return {(folds[item.key][int(item.task.partition("-")[0])].name, seed_of(item.task)) for item in items}


@functools.cache
def folder_of_process() -> Path:
    """A temporary folder of this process; that of one that was killed is deleted by the next one."""
    folder, lock = locked_folder()

    def delete() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()

    atexit.register(delete)
    return folder
