"""All hooks. A plugin module implements any of them as a function marked with `@bench.api.hookimpl`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.api import Plugin, RunInfo, TaskInfo

hookspec = pluggy.HookspecMarker("bench")


@hookspec
def bench_datasets() -> Iterable[Plugin]:
    """Data sets: subclasses of `Dataset`."""
    return ()


@hookspec
def bench_preprocessors() -> Iterable[Plugin]:
    """Parts of chains: subclasses of `Preprocessor`, `Scaling`, `Extractor`, `StimulusFeatures` or a preset."""
    return ()


@hookspec
def bench_models() -> Iterable[Plugin]:
    """Models: subclasses of `Model`; those with the tag `baseline` are added to every comparison."""
    return ()


@hookspec
def bench_fusions() -> Iterable[Plugin]:
    """Fusions: subclasses of `Fusion`; those with the tag `default` are used where none is named."""
    return ()


@hookspec
def bench_protocols() -> Iterable[Plugin]:
    """Evaluation protocols: subclasses of `Protocol`."""
    return ()


@hookspec
def bench_suites() -> Iterable[Plugin]:
    """Suites, which are named lists of grids: subclasses of `Suite`."""
    return ()


@hookspec
def bench_executors() -> Iterable[Plugin]:
    """Executors, which run tasks: subclasses of `Executor`."""
    return ()


@hookspec
def bench_commands() -> Iterable[Plugin]:
    """Commands: click commands, which users call as `bench NAME`."""
    return ()


@hookspec
def bench_run_started(run: RunInfo) -> None:
    """Called before a run starts its tasks."""


@hookspec
def bench_task_finished(run: RunInfo, task: TaskInfo) -> None:
    """Called after each task, whether it was stored or has failed."""


@hookspec
def bench_run_finished(run: RunInfo) -> None:
    """Called after the last task of a run."""
