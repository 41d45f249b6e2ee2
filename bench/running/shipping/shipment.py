"""A job on its way to another machine and back, seen from the machine whose store it belongs to."""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path
from typing import TYPE_CHECKING

from bench import api, progress
from bench.errors import StorageError
from bench.pretraining import weight_files
from bench.results.files import write_bytes
from bench.results.store import Store
from bench.results.task_record import FailureRecord
from bench.running.opened_cell import open_cell
from bench.running.records import WEIGHTS
from bench.running.shipping import task_files
from bench.running.shipping.delivery import Delivery
from bench.running.shipping.inputs import input_name, inputs_of, pretrained
from bench.running.shipping.parcel import StoreParcel, folds_of
from bench.running.shipping.sent_cell import SentCell, libraries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import TaskInfo
    from bench.running.opened_cell import OpenCell
    from bench.running.shipping.portable import PortableJob


class StoreShipment(api.Shipment):
    """Tasks of a store, which are locked as long as they are elsewhere."""

    def __init__(self, job: PortableJob) -> None:
        self.job, self.store, self.cache = job, Store(Path(job.out)), Path(job.cache)
        self.locks = contextlib.ExitStack()
        allow_many_files()
        self.parcel: StoreParcel | None = None
        self.inputs: dict[str, Path] = {}
        try:
            self.items, self.results = job.claim(self.store, self.locks)
            if self.items:
                self._pack()
            else:
                self.close()
        except BaseException:
            self.close()
            raise

    def _pack(self) -> None:
        keys = dict.fromkeys(item.key for item in self.items)
        here = self.job.isolation.level == "inline"
        cells = [sent(open_cell(self.job.out, self.job.cache, key, here=here)) for key in keys]
        for _, inputs in cells:
            self.inputs |= inputs
        files: dict[str, bytes] = {}
        for key in keys:
            folds = self.store.root / "folds" / f"{self.store.folds_of(key)}.npz"
            files |= task_files.read(self.store, [self.store.cell(key) / "cell.json", folds])
        resumed: dict[str, bytes] = {}
        for item in self.items:
            self.job.begin(self.store, item)
            resumed |= task_files.read(self.store, self.job.needs(self.store, item))
        if any(cell.corpora for cell, _ in cells):
            known = pretrained(self.cache, folds_of(self.store, self.items))
            self.inputs |= {input_name(name): path for name, path in known.items()}
        self.parcel = StoreParcel(
            self.job, tuple(self.items), tuple(each for each, _ in cells), files, resumed, tuple(self.inputs),
            libraries(),
        )  # fmt: skip

    def receive(self, content: bytes) -> Sequence[TaskInfo]:
        with self.locks:
            delivery = Delivery.from_bytes(content)
            for text in delivery.remarks:
                progress.remark(text)
            for name, weights in delivery.pretrained.items():
                path = self.cache / weight_files.FOLDER / name
                if WEIGHTS.fullmatch(name) and not path.exists():
                    write_bytes(path, weights)
            kept = [task_files.keep(self.store, item.key, item.task, delivery.files) for item in self.items]
            if not all(kept) and any(result.status == "done" for result in delivery.results):
                raise StorageError("A machine has returned results without their files; run the tasks again.")
        return delivery.results

    def give_up(self, message: str) -> Sequence[TaskInfo]:
        with self.locks:
            for item in self.items:
                self.store.write_failure(item.key, item.task, FailureRecord(message=message, traceback=""))
        return [item.info("failed", message=message) for item in self.items]

    def close(self) -> None:
        self.locks.close()


@functools.lru_cache(maxsize=4)
def sent(opened: OpenCell) -> tuple[SentCell, dict[str, Path]]:
    """A cell and its inputs, found once for the tasks that follow each other."""
    return SentCell.of(opened.resolved), inputs_of(opened.resolved, opened.cache)


@functools.cache
def allow_many_files() -> None:
    """Let this process have as many files open as it may: a task that is elsewhere is a lock, which is an open file."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # other systems
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
