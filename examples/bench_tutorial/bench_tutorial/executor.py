"""An executor."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from bench.api import Executor, Range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bench.api import TaskInfo


@dataclass(frozen=True)
class Processes(Executor):
    """A pool of processes. One of a cluster would submit the jobs and wait for their results."""

    workers: Annotated[int, Range(1, 1024), "number of processes"] = 2

    @property
    def concurrency(self) -> int:
        return self.workers

    def run(self, jobs: Sequence[Callable[[], Iterable[TaskInfo]]]) -> Iterator[TaskInfo]:
        with ProcessPoolExecutor(self.workers) as pool:
            for future in as_completed([pool.submit(results_of, job) for job in jobs]):
                yield from future.result()


def results_of(job: Callable[[], Iterable[TaskInfo]]) -> list[TaskInfo]:
    return list(job())
