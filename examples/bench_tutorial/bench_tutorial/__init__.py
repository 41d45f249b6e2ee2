"""A data set, a model, a fusion, a command and a listener: what this package adds. The other modules do it."""

import os
import sys

from bench.api import Plugin, RunInfo, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    return [Plugin("gait", "bench_tutorial.dataset:Gait", "Made-up people who rest, walk and run.")]


@hookimpl
def bench_models() -> list[Plugin]:
    return [Plugin("nearest-mean", "bench_tutorial.model:NearestMean", "The class with the nearest mean.")]


@hookimpl
def bench_fusions() -> list[Plugin]:
    return [Plugin("strongest", "bench_tutorial.fusion:Strongest", "Each window goes to its surest modality.")]


@hookimpl
def bench_commands() -> list[Plugin]:
    return [Plugin("tutorial", "bench_tutorial.command:command", "Shows what bench-tutorial adds.")]


@hookimpl
def bench_run_finished(run: RunInfo) -> None:
    if os.environ.get("BENCH_TUTORIAL"):
        sys.stderr.write(f"bench-tutorial: run {run.id} is in {run.out}.\n")
