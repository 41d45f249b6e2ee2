"""Tasks on this machine."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_executors() -> list[Plugin]:
    return [Plugin("local", "bench_local.local:Local", "This machine: as many tasks at a time as there are cores.")]
