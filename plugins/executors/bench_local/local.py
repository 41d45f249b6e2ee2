"""The local executor."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from bench.api import Executor, Range
from bench.errors import TaskError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bench.api import TaskInfo


@dataclass(frozen=True)
class Local(Executor):
    """With one job everything stays in this process, so that a debugger and Ctrl-C work as people expect."""

    jobs: Annotated[int, Range(1, 1024), "processes that work at the same time"] = 1

    @property
    def concurrency(self) -> int:
        return self.jobs

    def run(self, jobs: Sequence[Callable[[], Iterable[TaskInfo]]]) -> Iterator[TaskInfo]:
        if self.jobs == 1 or len(jobs) < 2:
            for job in jobs:
                yield from job()
            return
        # spawn: a fork would copy the locks of whatever threads a library has started
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(min(self.jobs, len(jobs)), mp_context=context, initializer=follow_parent)
        try:
            for future in as_completed([pool.submit(results, job) for job in jobs]):
                yield from future.result()
        except BrokenProcessPool as error:
            stop(pool)
            raise TaskError(
                "A worker process was killed from outside, perhaps for want of memory. What had been stored is kept: "
                "the same command goes on from there; give it fewer --jobs."
            ) from error
        except BaseException:
            stop(pool)
            raise
        pool.shutdown()


def results(job: Callable[[], Iterable[TaskInfo]]) -> list[TaskInfo]:
    """All that a job gives; what gives them one by one cannot travel between processes."""
    return list(job())


def follow_parent() -> None:
    """Ctrl-C is the parent's to handle; and a worker ends when its parent does, however that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def stop(pool: ProcessPoolExecutor) -> None:
    """End the workers at once; a task is stored whole or not at all, so nothing is damaged."""
    for worker in list((pool._processes or {}).values()):  # noqa: SLF001 - there is no public way before Python 3.14
        worker.terminate()
    pool.shutdown(cancel_futures=True)  # waits for the thread that joins them
