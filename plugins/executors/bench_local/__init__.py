"""Tasks on this machine: one after another, or in a pool of processes."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_executors() -> list[Plugin]:
    return [Plugin("local", "bench_local.local:Local", "This machine: one task at a time, or a pool of processes.")]
