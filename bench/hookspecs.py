"""Everything that can be extended. A plugin module implements any of these with `@bench.api.hookimpl`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.api import Plugin, RunInfo, TaskInfo

hookspec = pluggy.HookspecMarker("bench")


@hookspec
def bench_datasets() -> Iterable[Plugin]:
    """Data sets: targets are subclasses of `bench.api.Dataset`."""
    return ()


@hookspec
def bench_preprocessors() -> Iterable[Plugin]:
    """Steps (`bench.api.Preprocessor`, `Scaling`, `Description`), feature tables (`Extractor`), presets (`Preset`)."""
    return ()


@hookspec
def bench_models() -> Iterable[Plugin]:
    """Models: targets are subclasses of `bench.api.Model`; the tag `baseline` marks a trivial one."""
    return ()


@hookspec
def bench_fusions() -> Iterable[Plugin]:
    """Fusions: targets are subclasses of `bench.api.Fusion`."""
    return ()


@hookspec
def bench_protocols() -> Iterable[Plugin]:
    """Evaluation protocols: targets are subclasses of `bench.api.Protocol`."""
    return ()


@hookspec
def bench_suites() -> Iterable[Plugin]:
    """Suites, named lists of grids: targets are subclasses of `bench.api.Suite`."""
    return ()


@hookspec
def bench_executors() -> Iterable[Plugin]:
    """Executors, where tasks are carried out: targets are subclasses of `bench.api.Executor`."""
    return ()


@hookspec
def bench_commands() -> Iterable[Plugin]:
    """Commands: targets are click commands, which appear as `bench NAME`."""
    return ()


@hookspec
def bench_run_started(run: RunInfo) -> None:
    """A run is about to carry out its tasks."""


@hookspec
def bench_task_finished(run: RunInfo, task: TaskInfo) -> None:
    """One task of a run has been stored, or has failed."""


@hookspec
def bench_run_finished(run: RunInfo) -> None:
    """A run has nothing left to do."""
