"""A task: one fold of a cell with one seed, from its key to its stored result."""

from __future__ import annotations

import errno
import functools
import re
import time
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from bench.api import TaskInfo
from bench.data.cache import Cache
from bench.data.digests import digest
from bench.errors import BenchError, StorageError, TaskError
from bench.evaluation import data, fitting, records, search
from bench.evaluation.cell import Cell, Parts
from bench.files import digests
from bench.registry import Registry
from bench.results.environment import environment
from bench.results.store import Store

if TYPE_CHECKING:
    from bench.api import Array, Fold

BUSY = "another process is at it"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}  # a disk that takes no more


@dataclass(frozen=True)
class Job:
    """Carries out one task wherever it is called; it can be pickled."""

    out: str
    cache: str
    key: str
    task: str
    label: str
    device: str
    wait: bool = False  # for another process that holds the task, instead of leaving it
    fresh: bool = False  # although it is stored

    def __call__(self) -> TaskInfo:
        store = Store(Path(self.out))
        try:
            with FileLock(store.lock(self.key, self.task), timeout=-1 if self.wait else 0):
                if not self.fresh and store.state(self.key, self.task) == "done":
                    metrics_then = store.record(self.key, self.task)["metrics"]
                    return self._info("elsewhere", metrics=metrics_then)
                return self._carry_out(store)
        except Timeout:
            return self._info("elsewhere", message=BUSY)

    def _carry_out(self, store: Store) -> TaskInfo:
        start = time.perf_counter()
        try:
            if self.fresh:
                store.journal(self.key, self.task).unlink(missing_ok=True)
            opened = open_cell(self.out, self.cache, self.key)
            predictions, record = opened.run(self.task, self.device, store.journal(self.key, self.task))
        except StorageError:
            raise
        except Exception as error:  # a plugin may raise anything; the other tasks go on
            if isinstance(error, OSError) and error.errno in FULL:  # the other tasks would not fare better
                raise store.unwritable(error) from error
            message = str(error) if isinstance(error, BenchError) else f"{type(error).__name__}: {error}"
            store.write_failure(self.key, self.task, {"message": message, "traceback": traceback.format_exc()})
            return self._info("failed", message=message, seconds=time.perf_counter() - start)
        store.write_task(self.key, self.task, predictions, record)
        return self._info("done", metrics=record["metrics"], seconds=time.perf_counter() - start)

    def _info(self, status: Any, **values: Any) -> TaskInfo:
        return TaskInfo(self.key, self.label, self.task, status, **values)


def task_names(folds: list[Fold], seed: int | None = None) -> list[str]:
    """`003-P04.s0`: number and name of the fold, and the seed."""
    suffix = "" if seed is None else f".s{seed}"
    return [f"{place:03d}-{re.sub(r'[^A-Za-z0-9_.-]', '_', fold.name)}{suffix}" for place, fold in enumerate(folds)]


@functools.lru_cache(maxsize=4)
def open_cell(out: str, cache: str, key: str) -> OpenCell:
    """A cell from its description in the store; kept, since its tasks come one after another."""
    digests.remember_in(Path(cache))
    description = Store(Path(out)).read_cell(key)
    parts = Parts(Cell.from_record(description["cell"]), registry())
    return OpenCell(parts, data.load(parts, Cache(Path(cache)), lambda *_: None))


@functools.cache
def registry() -> Registry:
    return Registry()


class OpenCell:
    """A cell with its data at hand: the only holder of test parts."""

    def __init__(self, parts: Parts, loaded: data.CellData) -> None:
        self.parts = parts
        self.data = loaded
        self.folds = list(parts.protocol.folds(loaded.table))

    def run(self, task: str, device: str, journal: Path) -> tuple[dict[str, Array], dict[str, Any]]:
        """Predictions of the held-out windows, and the record."""
        number, seed = int(task.partition("-")[0]), int(task.rpartition(".s")[2])
        fold, cell = self.folds[number], self.parts.cell
        if not len(fold.test):
            raise TaskError(f"Fold '{fold.name}' holds out no window.")
        random = int(digest([seed, fold.name])[:8], 16)
        recipe = self.recipe(device)
        started, cpu = time.perf_counter(), time.process_time()
        split = self.data.of_fold(fold)
        chosen = None
        if cell.search:
            chosen = search.search(
                recipe,
                split.part,
                cell.search,
                {"model": cell.model.fixed, "fusion": cell.fusion.fixed},
                random,
                journal,
            )
            recipe = search.apply(recipe, chosen.options)
        searched = time.perf_counter()
        fitted = fitting.fit(recipe, split.part, random)
        trained = time.perf_counter()
        probabilities = fitted.predict(split.test)
        ended = time.perf_counter()
        record = {
            "cell": asdict(cell),
            "task": task,
            "fold": fold.name,
            "seed": seed,
            "simulated": self.parts.dataset.simulated,
            "windows": {"train": len(split.part.windows), "test": len(split.table)},
            **records.scored(split.table, probabilities, self.parts.classes),
            "label_rule": split.rule if isinstance(split.rule, dict) else None,  # thresholds, by person
            "scale": split.scale,  # by modality: what is taken away from each channel, and by what it is divided
            "search": asdict(chosen) if chosen else None,
            "parameters": fitted.parameters,
            "device": recipe.device,
            "code": records.code(self.parts),
            "data": self.parts.data_key,
            "environment": environment(),
            "cost": {
                "search_seconds": searched - started,
                "fit_seconds": trained - searched,
                "predict_seconds": ended - trained,
                "cpu_seconds": time.process_time() - cpu,
                "peak_memory_mb": records.peak_memory(),
            },
        }
        return records.predictions(split.table, probabilities, self.parts.classes), record

    def recipe(self, device: str) -> fitting.Recipe:
        parts = self.parts
        place = device if device.partition(":")[0] in parts.model.devices else "cpu"
        return fitting.Recipe(parts.model, parts.fusion, parts.protocol, parts.decides_late, place)
