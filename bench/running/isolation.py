"""How the plugins of a run are kept from held-out labels, and the workers that do it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import UsageError
from bench.running.limits import Limits
from bench.running.workers import Workers
from bench.worker import confinement

if TYPE_CHECKING:
    from bench.worker.confinement import Level


@dataclass(frozen=True)
class Isolation:
    """The level, the limits of a task, and the folders that no worker may read."""

    level: Level
    memory_mb: float = 0.0
    seconds: float = 0.0
    tasks: int = 1  # at a time
    hidden: tuple[str, ...] = ()


def chosen(name: str) -> Level:
    """The level of `--isolation`; `auto` is the strongest of this platform."""
    best = confinement.best()
    if name == "auto":
        return best
    if name == "sandbox" and best != "sandbox":
        raise UsageError(
            "This platform cannot confine processes (it takes Linux 6.2 or newer with Landlock and seccomp); use "
            "--isolation process, or auto to take what there is."
        )
    if name == "process" and best == "inline":
        raise UsageError("This platform has no workers; use --isolation inline.")
    level: Level = name  # type: ignore[assignment]
    return level


def workers_of(out: str, cache: str, isolation: Isolation) -> Workers:
    """The workers for tasks with these results and prepared data, which no worker may read."""
    hidden = tuple(Path(path) for path in (out, cache, *isolation.hidden))
    limits = Limits.of(isolation.memory_mb, isolation.seconds, isolation.tasks)
    return Workers(isolation.level, limits, hidden)
