"""A run: what is missing of a plan is carried out, and every result is stored as soon as it is there."""

from __future__ import annotations

import contextlib
import os
import threading
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bench import progress
from bench.api import RunInfo, Staged, cores
from bench.cells.keys import code_record
from bench.digests import digest
from bench.options import options_of
from bench.readers import FileDataset
from bench.readers.data_folders import data_root
from bench.results.environment import environment
from bench.results.run_record import RunItem, RunRecord
from bench.results.store import Store
from bench.running.isolation import Isolation, chosen, code_of_datasets, preparing
from bench.running.job import BUSY, Item, Job
from bench.running.listeners import Listeners
from bench.running.opened_cell import planned_here
from bench.running.processes import stop_workers
from bench.running.records import now
from bench.worker.networks import resolved_device

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench import api
    from bench.api import Executor, TaskInfo
    from bench.cells.resolved import ResolvedCell
    from bench.planning.plan import Plan, RunSettings
    from bench.planning.planner import PlannedCell
    from bench.planning.reporter import Reporter
    from bench.registry import Registry

TIME = "%Y%m%d-%H%M%S"  # in the names of runs
NAMED = 3  # lost machines that a remark names


@dataclass(frozen=True)
class Outcome:
    """The result of a run."""

    run: str
    cells: list[PlannedCell]
    failures: list[TaskInfo]


def carry_out(plan: Plan, registry: Registry, settings: RunSettings, executor: Executor, reporter: Reporter) -> Outcome:
    """Run the pending tasks. A KeyboardInterrupt passes through, with all finished tasks stored."""
    store = Store(settings.out)
    store.check_writable()
    if any(cell.resolved.cell.search for cell in plan.cells):
        from bench.running.search import database  # which takes time to import

        database.check()
    for cell in plan.cells:
        store.write_folds(cell.folds_digest, cell.folds, len(cell.windows.table))
        store.write_cell(cell.key, cell.record())
    pending = plan.pending
    info = RunInfo(run_name(store), str(settings.out), [cell.resolved.label for cell in plan.cells], len(pending))
    store.write_run(info.id, run_record(info, plan, settings.argv))
    jobs = jobs_for(settings, pending, executor.concurrency)
    failures: list[TaskInfo] = []
    with Listeners(registry, reporter) as listeners:
        listeners.fire("bench_run_started", run=info)
        try:
            with planned_here(settings.out, plan.cells), preparing(settings, registry):
                while jobs:
                    waiting = []
                    for result in results(executor, jobs, reporter):
                        if result.message == BUSY:
                            waiting.append(result)
                            continue
                        reporter.task(result)
                        listeners.fire("bench_task_finished", run=info, task=result)
                        if result.status == "failed":
                            failures.append(result)
                    isolation = jobs[0].isolation
                    jobs = [  # wait for another process that runs the task, and take over if it fails
                        job(settings, [Item(result.cell, result.task, result.label)], isolation, wait=True)
                        for result in waiting
                    ]
        except BaseException:  # Ctrl-C or a full disk
            stop_workers()
            store.sweep((cell.key, task) for cell, task in pending)
            raise
        listeners.fire("bench_run_finished", run=info)
    return Outcome(info.id, plan.cells, failures)


def jobs_for(settings: RunSettings, pending: Sequence[tuple[PlannedCell, str]], places: int) -> list[Job]:
    """A job per task. On a GPU, networks of one shape are grouped, in as many groups as jobs run at a time."""
    isolation = isolation_of(settings, [cell.resolved for cell, _ in pending], places)
    isolation = replace(isolation, threads=max(1, min(places, cores()) // max(1, len(pending))))
    jobs: list[Job] = []
    together: dict[tuple[str, str], list[Item]] = {}
    for cell, task in models_first(pending):
        item = Item(cell.key, task, cell.resolved.label)
        if isinstance(cell.resolved.model, Staged) and resolved_device(settings.device) != "cpu":
            alone = task if cell.resolved.cell.search else ""  # a search stores its result before the next one starts
            together.setdefault((shape(cell.resolved), alone), []).append(item)
        else:
            jobs.append(job(settings, [item], isolation))
    shared = replace(isolation, level="inline" if isolation.level == "inline" else "shared")
    for items in together.values():
        jobs += [job(settings, items[first::places], shared) for first in range(min(places, len(items)))]
    return jobs


def models_first(pending: Sequence[tuple[PlannedCell, str]]) -> list[tuple[PlannedCell, str]]:
    """One task of each model first, so that it is known early how long a run takes, and what fails."""
    first = {cell.resolved.labels["model"]: (cell.key, task) for cell, task in reversed(pending)}
    early = set(first.values())
    return sorted(pending, key=lambda each: (each[0].key, each[1]) not in early)


def isolation_of(settings: RunSettings, cells: Sequence[ResolvedCell], places: int) -> Isolation:
    """How the plugins of these cells are isolated. Data are hidden from them, and the code that reads or makes data."""
    folders = {cell.dataset.folder for cell in cells if isinstance(cell.dataset, FileDataset)}
    code = code_of_datasets(cells[0].registry) if cells else []
    hidden = tuple(sorted({str(path) for path in (*folders, *code, data_root())}))
    return Isolation(chosen(settings.isolation), settings.task_memory, settings.task_timeout, places, hidden)


def shape(resolved: ResolvedCell) -> str:
    """The same for cells whose networks differ only in how they are trained."""
    cell, training = asdict(resolved.cell), options_of(Staged).keys() - {"batch"}
    network = {name: value for name, value in resolved.cell.model.options.items() if name not in training}
    return digest({**cell, "model": [resolved.cell.model.name, network]})


def job(settings: RunSettings, items: Sequence[Item], isolation: Isolation, *, wait: bool = False) -> Job:
    fresh = settings.fresh and not wait
    return Job(str(settings.out), str(settings.cache), tuple(items), settings.device, isolation, wait, fresh)


def run_record(info: RunInfo, plan: Plan, argv: tuple[str, ...]) -> RunRecord:
    """What `bench run --from` needs to run the same again, and to say what differs then."""
    items = tuple(
        RunItem(cell.key, cell.cell, code_record(cell), cell.data_key, cell.simulated)
        for cell in (planned.resolved for planned in plan.cells)
    )
    return RunRecord(run=info.id, argv=argv, started=now(), items=items, seeds=plan.seeds, environment=environment())


def results(executor: Executor, jobs: Sequence[api.Job], reporter: Reporter) -> Iterator[TaskInfo]:
    """The results of the executor; progress and remarks of its tasks are passed on to the reporter, and what was lost.

    Tasks that run at the same time report from a thread each, and are shown as one: the sum of their steps.
    """
    steps: dict[int, tuple[int, int]] = {}  # thread -> done, total

    def on_progress(text: str, done: int, total: int) -> None:
        if not total:
            reporter.warn(text)
            return
        steps[threading.get_ident()] = done, total
        everything = list(steps.values())
        reporter.on_progress(text, sum(each for each, _ in everything), sum(each for _, each in everything))
        if done >= total:
            steps.pop(threading.get_ident(), None)

    again: list[TaskInfo] = []
    with progress.listening(on_progress, reporter.trials):
        for result in executor.run(jobs):
            again += [result] if result.lost else []
            yield result
    if again:
        reporter.warn(losses(again))


def losses(again: Sequence[TaskInfo]) -> str:
    """Which machines of these tasks were lost."""
    lost = list(dict.fromkeys(name for result in again for name in result.lost))
    names = [*lost[:NAMED], *([f"{len(lost) - NAMED} more"] if len(lost) > NAMED else [])]
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return (
        f"{len(again)} task{'s' if len(again) > 1 else ''} ran again, since {listed} "
        f"{'were' if len(names) > 1 else 'was'} lost."
    )


def run_name(store: Store) -> str:
    """The latest run has the last name, also where clocks differ; runs that start at once differ by their process."""
    started = datetime.now(UTC)
    for last in store.runs()[-1:]:
        with contextlib.suppress(ValueError):  # not a name that was made here
            before = datetime.strptime(last[: len("20260131-235959")], TIME).replace(tzinfo=UTC)
            started = max(started, before + timedelta(seconds=1))
    return f"{started:{TIME}}-{os.getpid()}-{started.microsecond // 1000:03d}"
