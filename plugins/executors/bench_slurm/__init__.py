"""Tasks as job arrays of Slurm."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_executors() -> list[Plugin]:
    return [Plugin("slurm", "bench_slurm.executor:Slurm", "Job arrays of a Slurm cluster.")]
