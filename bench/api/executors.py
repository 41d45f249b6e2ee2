"""Executors, and what they and listeners to run events receive."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bench.api.plugin import Configurable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence


@dataclass(frozen=True)
class RunInfo:
    """A run."""

    id: str
    out: str  # the results folder
    cells: Sequence[str]  # labels of the rows
    tasks: int  # the number of tasks to run


@dataclass(frozen=True)
class TaskInfo:
    """The result of one task."""

    cell: str  # content key of the cell
    label: str  # label of the cell
    task: str
    status: Literal["done", "failed", "elsewhere"]  # elsewhere: another process had finished it
    metrics: Mapping[str, float] = field(default_factory=dict)
    message: str = ""  # why it failed
    seconds: float = 0.0


def cores() -> int:
    """The number of cores available to this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
