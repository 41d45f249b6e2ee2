"""Executors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from bench.api.configurable import Configurable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bench.api.events import TaskInfo


class Executor(Configurable, ABC):
    """Where tasks run: processes of this machine, a cluster."""

    @property
    def concurrency(self) -> int:
        """How many jobs run at a time. Tasks that could share a job are divided among that many."""
        return 1

    @abstractmethod
    def run(self, jobs: Sequence[Callable[[], Iterable[TaskInfo]]]) -> Iterator[TaskInfo]:
        """Call each job once, anywhere, and yield its results as they arrive.

        A job runs one task, or several tasks whose networks are trained together. Jobs can be pickled.
        """
