"""A run: a grid is planned, what is missing is carried out, and every result is stored the moment it is there."""

from __future__ import annotations

import inspect
import os
import sys
import time
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bench import progress
from bench.api import RunInfo, Staged, TaskInfo
from bench.data.cache import Cache
from bench.data.digests import digest
from bench.data.parallel import cores
from bench.errors import Refused
from bench.options import options_of
from bench.planning.expansion import Expander, Refusal
from bench.planning.planner import PlannedCell, Planner
from bench.readers import digests
from bench.results.environment import environment
from bench.results.store import Store
from bench.running.records import code
from bench.running.task import BUSY, Item, Job
from bench.worker import networks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import Executor
    from bench.cells.cell import Cell, ResolvedCell
    from bench.planning.grid import Grid
    from bench.registry import Registry


@dataclass(frozen=True)
class RunSettings:
    """Where a run works, and how."""

    out: Path
    cache: Path
    device: str = "auto"
    fresh: bool = False
    strict: bool = False


class Reporter:
    """What a run tells while it works; this one keeps silent."""

    def tell(self, text: str, done: int, total: int) -> None:
        """A step of preparation."""

    def planned(self, plan: Plan) -> None:
        """Everything is known, nothing has been trained."""

    def task(self, info: TaskInfo) -> None:
        """A task ended."""

    def warn(self, text: str) -> None:
        """Something a person should know."""
        print(text, file=sys.stderr)  # noqa: T201 - the last resort


@dataclass(frozen=True)
class Plan:
    """What a grid comes to, and how much of it is stored already."""

    cells: list[PlannedCell]
    refusals: list[Refusal]
    seeds: tuple[int, ...]
    stored: set[tuple[str, str]] = field(default_factory=set)
    damaged: set[tuple[str, str]] = field(default_factory=set)

    @property
    def pending(self) -> list[tuple[PlannedCell, str]]:
        return [(cell, task) for cell in self.cells for task in cell.tasks if (cell.key, task) not in self.stored]


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    run: str
    cells: list[PlannedCell]
    failures: list[TaskInfo]


def plan(grid: Grid, registry: Registry, settings: RunSettings, report: Reporter) -> Plan:
    """Cells, folds, audits and what is stored; nothing is trained and no result is written."""
    expansion = Expander(grid, registry, settings.device).expand()
    if not expansion.asked:
        raise Refused(f"Nothing is left to run: {'; '.join(reasons(expansion.refusals))}.")
    return replace(plan_cells(expansion.cells, grid.seed, registry, settings, report), refusals=expansion.refusals)


def reasons(refusals: list[Refusal]) -> list[str]:
    """Each reason once, with the first combination that it refuses."""
    labels: dict[str, list[str]] = {}
    for refusal in refusals:
        labels.setdefault(refusal.reason, []).append(refusal.label)
    return [
        f"{found[0]}{f' and {len(found) - 1} more' if found[1:] else ''}: {reason}" for reason, found in labels.items()
    ]


def plan_cells(
    cells: list[Cell], seeds: tuple[int, ...], registry: Registry, settings: RunSettings, report: Reporter
) -> Plan:
    """The same for cells that are known already."""
    networks.check(cells, settings.device)
    Store(settings.out).check_writable()
    digests.remember_in(settings.cache)
    planner = Planner(registry, Cache(settings.cache), seeds, report.tell, report.warn)
    planned = [planner.plan(cell) for cell in cells]
    if settings.strict:
        refuse_unclean(planned)
    store = Store(settings.out)
    states = {(cell.key, task): store.state(cell.key, task) for cell in planned for task in cell.tasks}
    stored = {key for key, state in states.items() if state == "done" and not settings.fresh}
    return Plan(planned, [], seeds, stored, {key for key, state in states.items() if state == "damaged"})


def joined(plans: list[Plan]) -> Plan:
    """Several grids as one plan; a cell that two of them have is done once."""
    cells = {cell.key: cell for plan in plans for cell in plan.cells}
    return Plan(
        list(cells.values()),
        [refusal for plan in plans for refusal in plan.refusals],
        tuple(dict.fromkeys(seed for plan in plans for seed in plan.seeds)),
        set().union(*(plan.stored for plan in plans)),
        set().union(*(plan.damaged for plan in plans)),
    )


def refuse_unclean(cells: list[PlannedCell]) -> None:
    for cell in cells:
        if cell.audit.verdict != "clean":
            worst = next(finding for finding in cell.audit.findings if finding.severity == cell.audit.verdict)
            protocol, dataset = cell.parts.cell.protocol.name, cell.parts.cell.dataset.name
            raise Refused(f"--strict refuses {protocol} on {dataset}, which is {cell.audit.verdict}: {worst.text}")


def carry_out(made: Plan, registry: Registry, settings: RunSettings, executor: Executor, report: Reporter) -> Outcome:
    """Do what is missing. Raises KeyboardInterrupt through, with all finished tasks stored."""
    store = Store(settings.out)
    store.check_writable()
    for cell in made.cells:
        store.write_cell(cell.key, cell.description())
    pending = made.pending
    info = RunInfo(run_name(), str(settings.out), [cell.parts.label for cell in made.cells], len(pending))
    store.write_run(info.id, record(info, made))
    fire(registry, report, "bench_run_started", run=info)
    failures: list[TaskInfo] = []
    again = jobs(settings, pending, executor.places)
    try:
        while again:
            waiting = []
            for done in results(executor, again, report):
                if done.message == BUSY:
                    waiting.append(done)
                    continue
                report.task(done)
                fire(registry, report, "bench_task_finished", run=info, task=done)
                if done.status == "failed":
                    failures.append(done)
            again = [job(settings, [Item(done.cell, done.task, done.label)], wait=True) for done in waiting]
    except BaseException:  # Ctrl-C, a full disk: an executor has stopped its workers wherever they were
        store.sweep((cell.key, task) for cell, task in pending)
        raise
    fire(registry, report, "bench_run_finished", run=info)
    return Outcome(info.id, made.cells, failures)


def record(info: RunInfo, made: Plan) -> dict[str, Any]:
    """What `bench run --from` needs to do the same again, and to say what differs then."""
    items = [
        {"key": cell.key, "cell": asdict(cell.parts.cell), "code": code(cell.parts), "data": cell.parts.data_key,
         "simulated": cell.parts.dataset.simulated}
        for cell in made.cells
    ]  # fmt: skip
    return {"run": info.id, "cells": [cell.key for cell in made.cells], "items": items, "seeds": made.seeds,
            "environment": environment()}  # fmt: skip


def results(executor: Executor, work: list[Job], report: Reporter) -> Iterator[TaskInfo]:
    """What the executor gives, while its progress and remarks are passed on."""

    def hear(text: str, done: int, total: int) -> None:
        if total:
            report.tell(text, done, total)
        else:
            report.warn(text)

    with progress.listening(hear):
        yield from executor.run(work)


def jobs(settings: RunSettings, pending: list[tuple[PlannedCell, str]], places: int) -> list[Job]:
    """A job for each task; networks that can be trained together are one, dealt out to as many as work at a time."""
    made: list[Job] = []
    together: dict[tuple[str, str], list[Item]] = {}
    for cell, task in pending:
        item = Item(cell.key, task, cell.parts.label)
        if isinstance(cell.parts.model, Staged):
            alone = task if cell.parts.cell.search else ""  # what a search finds is stored before the next one begins
            together.setdefault((shape(cell.parts), alone), []).append(item)
        else:
            made.append(job(settings, [item]))
    for items in together.values():
        threads = max(1, cores() // places)
        made += [job(settings, items[first::places], threads) for first in range(min(places, len(items)))]
    return made


def shape(parts: ResolvedCell) -> str:
    """What cells have in common whose networks differ in nothing but how they learn."""
    cell, learning = asdict(parts.cell), options_of(Staged).keys() - {"batch"}
    made_of = {name: value for name, value in parts.cell.model.options.items() if name not in learning}
    return digest({**cell, "model": [parts.cell.model.name, made_of]})


def job(settings: RunSettings, items: list[Item], workers: int = 0, *, wait: bool = False) -> Job:
    return Job(
        str(settings.out),
        str(settings.cache),
        tuple(items),
        settings.device,
        wait,
        settings.fresh and not wait,
        workers,
    )


def run_name() -> str:
    """Sorted by time; two runs started in the same second differ by their process."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}-{time.monotonic_ns() % 1000:03d}"


def fire(registry: Registry, report: Reporter, hook: str, **values: Any) -> None:
    """Tell plugins; one that raises is named and does no harm."""
    for package, name, function in registry.listeners:
        if name == hook:
            try:
                wanted = inspect.signature(function).parameters
                function(**{key: value for key, value in values.items() if key in wanted})
            except Exception as error:  # noqa: BLE001 - a listener must not end a run
                report.warn(f"{package}: {hook} raised {type(error).__name__}: {error}")
