"""What a few real tasks of each row take, and so the rest of a plan."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.planning.plan import Plan
    from bench.planning.planner import PlannedCell
    from bench.results.store import Store


@dataclass(frozen=True)
class RowDemand:
    """What the tasks of a row take, on average over those that are stored."""

    comparison: str  # data set, target and protocol
    row: str
    tasks: int
    missing: int
    seconds: float  # of one task
    memory_mb: float | None
    stored_bytes: int  # of one task

    @property
    def hours(self) -> float:
        """Of all tasks that are missing."""
        return self.missing * self.seconds / 3600


def sample(plan: Plan, most: int) -> Plan:
    """The plan with so many tasks of each row at most, those that are stored included; all others count as stored."""
    store, wanted = plan.stored, set[tuple[str, str]]()
    for cell in plan.cells:
        done = [task for task in cell.tasks if (cell.key, task) in store]
        missing = [task for task in cell.tasks if (cell.key, task) not in store]
        wanted |= {(cell.key, task) for task in missing[: max(0, most - len(done))]}
    return replace(plan, stored={(cell.key, task) for cell, task in plan.tasks} - wanted)


def demands(plan: Plan, store: Store) -> Iterator[RowDemand]:
    """Each row by its stored tasks."""
    for cell in plan.cells:
        done = [task for task in cell.tasks if store.state(cell.key, task) == "done"]
        costs = [store.record(cell.key, task).cost for task in done]
        memory = [cost.peak_memory_mb for cost in costs if cost.peak_memory_mb is not None]
        yield RowDemand(
            comparison_of(cell),
            cell.resolved.label,
            len(cell.tasks),
            len(cell.tasks) - len(done),
            mean(cost.seconds for cost in costs) if costs else 0.0,
            max(memory) if memory else None,
            round(mean(map(size_of, (store.task(cell.key, task) for task in done)))) if done else 0,
        )


def comparison_of(cell: PlannedCell) -> str:
    labels = cell.resolved.labels
    return f"{labels['dataset']} · {cell.resolved.cell.target} · {labels['protocol']}"


def size_of(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def seconds_to_store(plan: Plan, store: Store) -> float:
    """How long it takes to write the files of a result to the disk of the results folder; the median of several."""
    folders = [store.task(cell.key, task) for cell, task in plan.tasks if store.state(cell.key, task) == "done"][:9]
    found = []
    with tempfile.TemporaryDirectory(prefix=".plan-", dir=store.root) as made:
        for number, folder in enumerate(folders):
            started = time.perf_counter()
            copy = Path(shutil.copytree(folder, Path(made) / str(number)))
            for file in copy.iterdir():
                with file.open("rb+") as written:
                    os.fsync(written.fileno())
            found.append(time.perf_counter() - started)
    return sorted(found)[len(found) // 2] if found else 0.0
