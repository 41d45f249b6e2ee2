"""What this package adds to bench. Every bench command imports this module, so it imports nothing heavy."""

import os
import sys

from bench.api import Plugin, RunInfo, hookimpl


@hookimpl
def bench_models() -> list[Plugin]:
    return [
        Plugin("extra-trees", "bench_tutorial.extra_trees:ExtraTrees", "Extremely randomised trees."),
        Plugin("nearest-mean", "bench_tutorial.nearest_mean:NearestMean", "The class with the nearest mean."),
        Plugin("small-cnn", "bench_tutorial.network:SmallCNN", "Two convolutions per modality."),
    ]


@hookimpl
def bench_fusions() -> list[Plugin]:
    return [
        Plugin("most-confident", "bench_tutorial.fusion:MostConfident", "The most confident modality decides."),
        Plugin("exchange-all", "bench_tutorial.network_fusion:ExchangeAll", "Each branch receives all others."),
        Plugin("gated-sum", "bench_tutorial.network_fusion:GatedSum", "A weighted sum of embeddings."),
    ]


@hookimpl
def bench_datasets() -> list[Plugin]:
    return [Plugin("lab-stress", "bench_tutorial.dataset:LabStress", "Rest and stress in the laboratory, on two days.")]


@hookimpl
def bench_preprocessors() -> list[Plugin]:
    return [Plugin("difference", "bench_tutorial.step:Difference", "Differences of successive samples.")]


@hookimpl
def bench_protocols() -> list[Plugin]:
    return [
        Plugin(
            "later-session", "bench_tutorial.protocol:LaterSession", "Trains on first sessions, tests on later ones."
        )
    ]


@hookimpl
def bench_suites() -> list[Plugin]:
    return [Plugin("days", "bench_tutorial.suite:Days", "Models within a day and from one day to another.")]


@hookimpl
def bench_executors() -> list[Plugin]:
    return [Plugin("processes", "bench_tutorial.executor:Processes", "Processes of this machine.")]


@hookimpl
def bench_commands() -> list[Plugin]:
    return [Plugin("tutorial", "bench_tutorial.command:command", "Lists what bench-tutorial adds.")]


@hookimpl
def bench_run_finished(run: RunInfo) -> None:
    if os.environ.get("BENCH_TUTORIAL"):
        sys.stderr.write(f"bench-tutorial: the results of run {run.id} are in {run.out}.\n")
