"""Checks of executors."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench import api
from bench.api import TaskInfo
from bench.errors import PluginError

if TYPE_CHECKING:
    from bench.api import Executor
    from bench.api.executors import Fetch

COUNT = 4
INPUT = "check/code/executors.py"


@dataclass(frozen=True)
class Parcel(api.Parcel):
    """Fetches its only input, and returns it."""

    def __call__(self, fetch: Fetch, cache: Path) -> bytes:
        return fetch(INPUT)


class Shipment(api.Shipment):
    """A job whose parcel must return the code of this module."""

    def __init__(self, job: Job) -> None:
        self.job, self.results, self.parcel, self.inputs = job, (), Parcel(), {INPUT: Path(__file__)}

    def receive(self, content: bytes) -> list[TaskInfo]:
        if content != Path(__file__).read_bytes():
            raise PluginError("What a parcel fetches is not the content of the file that its shipment names.")
        return self.job()

    def give_up(self, message: str) -> list[TaskInfo]:
        return [replace(self.job.result, status="failed", message=message)]

    def close(self) -> None:
        """Nothing is locked."""


@dataclass(frozen=True)
class Job(api.Job):
    """Appends to a file in each call, in whatever process that is."""

    folder: str
    number: int

    def __call__(self) -> list[TaskInfo]:
        with (Path(self.folder) / str(self.number)).open("a", encoding="ascii") as file:
            file.write("x")
        return [self.result]

    def ship(self) -> Shipment:
        return Shipment(self)

    @property
    def result(self) -> TaskInfo:
        return TaskInfo("cell", f"job {self.number}", str(self.number), "done", {"accuracy": self.number / COUNT})


def no_jobs_give_no_results(executor: Executor) -> None:
    """Without jobs there are no results."""
    results = list(executor.run([]))
    if results:
        raise PluginError(f"It yields {len(results)} results without any job.")


def jobs_are_called_once(executor: Executor) -> None:
    """Each job is called once, and each of its results is yielded once."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = [Job(folder, number) for number in range(COUNT)]
        results = list(executor.run(jobs))
        for job in jobs:
            file = Path(folder) / str(job.number)
            calls = file.stat().st_size if file.exists() else 0
            if calls != 1:
                raise PluginError(f"Job {job.number + 1} of {COUNT} was called {calls} times; call each job once.")
    other = next((result for result in results if not isinstance(result, TaskInfo)), None)
    if other is not None:
        raise PluginError(
            f"It yields a {type(other).__name__} instead of a TaskInfo; a job returns a sequence of results: "
            "write 'yield from job()'."
        )
    if sorted(results, key=lambda result: result.task) != [job.result for job in jobs]:
        raise PluginError(
            f"It yields {len(results)} results for {COUNT} jobs, or other results than the jobs returned; "
            "yield each result once, unchanged."
        )


CHECKS = (no_jobs_give_no_results, jobs_are_called_once)
