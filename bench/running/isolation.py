"""How the plugins of a run are kept from held-out labels, and the workers that do it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.api import KINDS, cores
from bench.data.calls.runner import called_by
from bench.errors import UsageError, package_of
from bench.foreign.standins import asking
from bench.readers.data_folders import data_root
from bench.running.calls.descriptions import Descriptions, descriptions
from bench.running.calls.preparation import ConfinedCalls
from bench.running.limits import Limits
from bench.running.workers import Workers
from bench.worker import confinement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.planning.plan import RunSettings
    from bench.registry import Registry
    from bench.worker.confinement import Level


@dataclass(frozen=True)
class Isolation:
    """The level, the limits of a task, and the folders that no worker may read."""

    level: Level
    memory_mb: float = 0.0
    seconds: float = 0.0
    tasks: int = 1  # at a time
    hidden: tuple[str, ...] = ()
    threads: int = 1  # of a task, where there are fewer tasks than cores


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


@contextlib.contextmanager
def preparing(settings: RunSettings, registry: Registry) -> Iterator[None]:
    """Have plugins described, and steps and extractors called, in workers while cells are planned and prepared."""
    level = chosen(settings.isolation)
    if level == "inline":
        yield
        return
    limits = settings.task_memory, settings.task_timeout
    hidden = tuple(sorted({str(data_root()), *code_of_datasets(registry)}))
    isolation = Isolation(level, *limits, cores(), hidden)
    workers = workers_of(str(settings.out), str(settings.cache), isolation)
    with called_by(ConfinedCalls(workers)), asking(Descriptions(workers, descriptions().known)):
        yield


def code_of_datasets(registry: Registry) -> list[str]:
    """The folders of packages that provide data sets and nothing else: what reads data or makes them."""
    packages: dict[str, set[str]] = {}
    for kind in KINDS:
        for name in registry.names(kind):
            packages.setdefault(package_of(registry.get(kind, name).plugin.target), set()).add(kind)
    return [folder for package, kinds in packages.items() if kinds == {"dataset"}
            for folder in confinement.folders_of(package)]  # fmt: skip


def workers_of(out: str, cache: str, isolation: Isolation) -> Workers:
    """The workers for tasks with these results and prepared data, which no worker may read."""
    hidden = tuple(Path(path) for path in (out, cache, *isolation.hidden))
    limits = Limits.of(isolation.memory_mb, isolation.seconds, isolation.tasks)
    return Workers(isolation.level, limits, hidden)
