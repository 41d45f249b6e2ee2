"""Limits of a task: memory, watched from outside, and time."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import progress
from bench.worker.kernel.inheritance import parents

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

SHARE = 0.8  # of the memory that is available at the start of a run, for all tasks together
EVERY = 0.2  # seconds
QUIET = 600.0  # seconds without a word after which a task may be stuck
MB = 1024**2


class Stopped(BaseException):
    """The run is being stopped; no task has failed."""


class Overran(Exception):  # noqa: N818 - reads as what happened
    """A task has exceeded a limit."""


@dataclass(frozen=True)
class Limits:
    """What a task may use."""

    memory_mb: float = 0.0  # 0: no limit
    seconds: float = 0.0  # 0: no limit

    @classmethod
    def of(cls, memory_mb: float, seconds: float, tasks: int) -> Limits:
        """With a share of the available memory where none is given, for so many tasks at a time."""
        return cls(memory_mb or SHARE * available_mb() / max(tasks, 1), seconds)


class Watch:
    """Called while a task is waited for. Raises where it has exceeded a limit, or where the run is being stopped."""

    def __init__(self, limits: Limits, stopped: threading.Event, now_and_then: Callable[[], None]) -> None:
        self.limits, self.stopped, self.now_and_then = limits, stopped, now_and_then
        self.process = 0
        self.started = self.heard = self.called = self.looked = time.monotonic()
        self.warned = False

    def hear(self) -> None:
        """The task has sent a message. One that sends messages without end is watched too."""
        self.heard = time.monotonic()
        if self.heard - self.looked > EVERY:
            self()

    def __call__(self) -> None:
        now = self.looked = time.monotonic()
        if self.stopped.is_set():
            raise Stopped
        if self.limits.seconds and now - self.started > self.limits.seconds:
            raise Overran(
                f"The task took longer than {self.limits.seconds:g} s and was ended; allow more with --task-timeout."
            )
        used = private_mb(self.process) if self.process else 0.0
        if self.process and now - self.called > EVERY:
            used += sum(map(proportional_mb, descendants(self.process)))
        if self.limits.memory_mb and used > self.limits.memory_mb:
            raise Overran(
                f"The task used more than {self.limits.memory_mb:.0f} MB of memory and was ended; allow more with "
                "--task-memory, or run fewer tasks at a time with --jobs."
            )
        if now - self.called > EVERY:
            self.called = now
            self.now_and_then()
        if not self.warned and now - self.heard > QUIET:
            self.warned = True
            progress.remark(
                f"A task has said nothing for {QUIET / 60:.0f} minutes (process {self.process}); --task-timeout ends "
                "such tasks."
            )


def descendants(process: int) -> list[int]:
    """The processes that a process has started, directly or not; none where the system does not tell."""
    found, pairs = [process], parents().items()
    for parent in found:
        found += [child for child, of in pairs if of == parent]
    return found[1:]


def private_mb(process: int) -> float:
    """Memory of a process that it shares with no file; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    values = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return sum(float(values.get(name, "0").split()[0]) for name in ("RssAnon", "RssShmem")) / 1024


def proportional_mb(process: int) -> float:
    """The same with a share of what processes have in common that were forked from each other."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0.0
    values = dict(line.split(":", 1) for line in lines[1:])
    return sum(float(values.get(name, "0").split()[0]) for name in ("Pss_Anon", "Pss_Shmem")) / 1024


def available_mb() -> float:
    """Memory that is available on this machine; infinite where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        try:
            return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / MB
        except (ValueError, OSError, AttributeError):
            return float("inf")
    values = dict(line.split(":", 1) for line in lines)
    return float(values["MemAvailable"].split()[0]) / 1024
