"""Executors, and what they and listeners to run events receive."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bench.api.plugin import Configurable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    Fetch = Callable[[str], bytes]  # the content of an input by its name


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
    lost: tuple[str, ...] = ()  # what was lost while the task ran, before it ran again, as in "the machine node7"


def cores() -> int:
    """The number of cores available to this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Parcel(ABC):
    """Tasks on their way to a machine that has other folders, and no data. It can be pickled."""

    @abstractmethod
    def __call__(self, fetch: Fetch, cache: Path) -> bytes:
        """Run the tasks there, and return what `Shipment.receive` takes.

        `fetch` is called for inputs that the folder of prepared data, `cache`, does not have. Raises a BenchError where
        this machine cannot run them as the one that has sent them would: its code or its libraries are others.
        """


class Shipment(ABC):
    """A job whose tasks run on another machine. They are locked on this one until the shipment is closed."""

    results: Sequence[TaskInfo]  # of tasks that need not run
    parcel: Parcel | None  # the others; where there are none, the shipment is closed
    inputs: Mapping[str, Path]  # files that the parcel may fetch; equal names have equal content

    @abstractmethod
    def receive(self, content: bytes) -> Sequence[TaskInfo]:
        """Store what a parcel has returned, and close the shipment."""

    @abstractmethod
    def give_up(self, message: str) -> Sequence[TaskInfo]:
        """Let the tasks fail, and close the shipment."""

    @abstractmethod
    def close(self) -> None:
        """Unlock the tasks."""


class Job(ABC):
    """One task, or several tasks whose networks are trained together. It can be pickled."""

    @abstractmethod
    def __call__(self) -> Iterable[TaskInfo]:
        """Run it, in any process that has the folders of this one."""

    @abstractmethod
    def ship(self) -> Shipment:
        """Begin to run it on a machine that has other folders. Call the methods of a shipment in one thread."""


class Executor(Configurable, ABC):
    """Where tasks run: processes of this machine, a cluster."""

    @property
    def concurrency(self) -> int:
        """How many jobs run at a time. Tasks that could share a job are divided among that many."""
        return 1

    @abstractmethod
    def run(self, jobs: Sequence[Job]) -> Iterator[TaskInfo]:
        """Call each job once, in any process, or ship it to another machine, and yield its results as they arrive."""
