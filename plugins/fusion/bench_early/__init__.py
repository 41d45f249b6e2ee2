"""Early fusion: modalities are merged before the model."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_fusions() -> list[Plugin]:
    about = "Joins features or channels of all modalities before the model."
    return [Plugin("early", "bench_early.early:Early", about, ("default",))]
