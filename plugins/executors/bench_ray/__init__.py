"""Tasks on the machines of a Ray cluster."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_executors() -> list[Plugin]:
    return [Plugin("ray", "bench_ray.executor:RayExecutor", "The machines of a Ray cluster; some may be lost.")]
