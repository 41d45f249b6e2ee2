"""No fusion: one row per modality."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_fusions() -> list[Plugin]:
    about = "One modality at a time, one row each."
    return [Plugin("none", "bench_none.none:NoFusion", about, ("default",))]
