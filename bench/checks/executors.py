"""What an executor has to hold."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.api import TaskInfo
from bench.errors import PluginError

if TYPE_CHECKING:
    from bench.api import Executor

COUNT = 4


@dataclass(frozen=True)
class Job:
    """Leaves a mark each time that it is called, in whatever process that is."""

    folder: str
    number: int

    def __call__(self) -> list[TaskInfo]:
        with (Path(self.folder) / str(self.number)).open("a", encoding="ascii") as file:
            file.write("x")
        return [self.result]

    @property
    def result(self) -> TaskInfo:
        return TaskInfo("cell", f"job {self.number}", str(self.number), "done", {"accuracy": self.number / COUNT})


def nothing_gives_nothing(executor: Executor) -> None:
    """No jobs give no results."""
    results = list(executor.run([]))
    if results:
        raise PluginError(f"Without any job it gives {len(results)} results; give one for each job.")


def jobs_are_called_once(executor: Executor) -> None:
    """Each job is called once, and each of its results is given."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = [Job(folder, number) for number in range(COUNT)]
        results = list(executor.run(jobs))
        for job in jobs:
            mark = Path(folder) / str(job.number)
            calls = mark.stat().st_size if mark.exists() else 0
            if calls != 1:
                raise PluginError(f"Job {job.number + 1} of {COUNT} was called {calls} times; call each job once.")
    strange = next((result for result in results if not isinstance(result, TaskInfo)), None)
    if strange is not None:
        raise PluginError(
            f"It gives a {type(strange).__name__} where a TaskInfo is wanted; a job gives its results as a sequence: "
            "write 'yield from job()'."
        )
    if sorted(results, key=lambda result: result.task) != [job.result for job in jobs]:
        raise PluginError(
            f"It gives {len(results)} results for {COUNT} jobs, or others than the jobs gave; "
            "give the result of each job once, as it is."
        )


CHECKS = (nothing_gives_nothing, jobs_are_called_once)
