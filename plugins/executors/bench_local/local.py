"""The local executor."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Annotated, Any

from bench.api import Executor, Range, cores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.api import Job, TaskInfo


@dataclass(frozen=True)
class Local(Executor):
    """Each job waits for a process of its own, so threads are enough here. A single job runs in the main thread."""

    jobs: Annotated[int, Range(0, 1024), "tasks that run at the same time; 0: one per core"] = 0

    @property
    def concurrency(self) -> int:
        return self.jobs or cores()

    def run(self, jobs: Sequence[Job]) -> Iterator[TaskInfo]:
        if self.concurrency == 1 or len(jobs) < 2:
            for job in jobs:
                yield from job()
            return
        results: SimpleQueue[Any] = SimpleQueue()

        def work(job: Job) -> None:
            try:
                for result in job():
                    results.put(result)
                results.put(None)
            except BaseException as error:  # noqa: BLE001 - raised again in the main thread
                results.put(error)

        pool = ThreadPoolExecutor(self.concurrency, "bench")
        try:
            for job in jobs:
                pool.submit(work, job)
            left = len(jobs)
            while left:
                result = results.get()
                if isinstance(result, BaseException):
                    raise result
                left -= result is None
                if result is not None:
                    yield result
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
