"""From pending tasks to jobs: networks that can be trained together share one."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bench.api import Staged
from bench.data.parallel import cores
from bench.digests import digest
from bench.options import options_of
from bench.running.job import Item, Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import TaskInfo
    from bench.cells.resolved import ResolvedCell
    from bench.planning.plan import RunSettings
    from bench.planning.planner import PlannedCell


def jobs_for(settings: RunSettings, pending: Sequence[tuple[PlannedCell, str]], places: int) -> list[Job]:
    """A job per task. Networks of one shape are grouped, in as many groups as jobs run at a time."""
    jobs: list[Job] = []
    together: dict[tuple[str, str], list[Item]] = {}
    for cell, task in pending:
        item = Item(cell.key, task, cell.resolved.label)
        if isinstance(cell.resolved.model, Staged):
            alone = task if cell.resolved.cell.search else ""  # a search stores its result before the next one starts
            together.setdefault((shape(cell.resolved), alone), []).append(item)
        else:
            jobs.append(job(settings, [item]))
    for items in together.values():
        threads = max(1, cores() // places)
        jobs += [job(settings, items[first::places], threads) for first in range(min(places, len(items)))]
    return jobs


def retry_job(settings: RunSettings, result: TaskInfo) -> Job:
    """Wait for another process that runs the task, and take over if it fails."""
    return job(settings, [Item(result.cell, result.task, result.label)], wait=True)


def shape(resolved: ResolvedCell) -> str:
    """The same for cells whose networks differ only in how they are trained."""
    cell, training = asdict(resolved.cell), options_of(Staged).keys() - {"batch"}
    network = {name: value for name, value in resolved.cell.model.options.items() if name not in training}
    return digest({**cell, "model": [resolved.cell.model.name, network]})


def job(settings: RunSettings, items: Sequence[Item], workers: int = 0, *, wait: bool = False) -> Job:
    fresh = settings.fresh and not wait
    return Job(str(settings.out), str(settings.cache), tuple(items), settings.device, wait, fresh, workers)
