"""Permutation tests of the rows of a run, after its tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.results.permutations import read_fold, write_outcome
from bench.results.store import Store
from bench.running.isolation import preparing
from bench.running.job import Item
from bench.running.opened_cell import planned_here
from bench.running.permutation.job import PermutationJob
from bench.running.permutation.outcome import outcome
from bench.running.permutation.refusals import permuted
from bench.running.processes import stop_workers
from bench.running.run import isolation_of, results

if TYPE_CHECKING:
    from bench.api import Executor, TaskInfo
    from bench.planning.plan import Plan, RunSettings
    from bench.planning.planner import PlannedCell
    from bench.planning.reporter import Reporter
    from bench.registry import Registry


def permute(
    plan: Plan, permutations: int, registry: Registry, settings: RunSettings, executor: Executor, reporter: Reporter
) -> list[TaskInfo]:
    """Train on what is missing of so many permutations, and store outcomes; returns the failures.

    A row whose tasks have not all been finished is left out. Only the first seed of a row is permuted. A
    KeyboardInterrupt passes through, with all finished folds stored.
    """
    store = Store(settings.out)
    cells = [cell for cell in permuted(plan.cells)[0] if complete(store, cell)]
    isolation = isolation_of(settings, [cell.resolved for cell in cells], executor.concurrency)
    jobs = [
        PermutationJob(str(settings.out), str(settings.cache), Item(cell.key, task, cell.resolved.label),
                       permutations, settings.device, isolation)
        for cell in cells
        for task in missing(store, cell, permutations)
    ]  # fmt: skip
    reporter.permuting([job.item.key for job in jobs])
    failures: list[TaskInfo] = []
    try:
        with planned_here(settings.out, cells), preparing(settings, registry):
            for result in results(executor, jobs, reporter) if jobs else ():
                reporter.task(result)
                if result.status == "failed":
                    failures.append(result)
    except BaseException:  # Ctrl-C or a full disk
        stop_workers()
        raise
    for cell in cells:
        found = outcome(store, cell.key, first_seed(cell))
        if found is not None and found.permutations >= permutations:
            write_outcome(store, cell.key, found)
    return failures


def first_seed(cell: PlannedCell) -> int:
    return int(cell.tasks[0].rpartition(".s")[2])


def tasks_of(cell: PlannedCell) -> list[str]:
    return [task for task in cell.tasks if task.endswith(f".s{first_seed(cell)}")]


def complete(store: Store, cell: PlannedCell) -> bool:
    return all(store.state(cell.key, task) == "done" for task in tasks_of(cell))


def missing(store: Store, cell: PlannedCell, permutations: int) -> dict[str, int]:
    """The tasks of which fewer permutations are stored, and how many are missing."""
    stored = {task: read_fold(store, cell.key, task) for task in tasks_of(cell)}
    counts = {task: permutations - (0 if fold is None else len(fold)) for task, fold in stored.items()}
    return {task: count for task, count in counts.items() if count > 0}
