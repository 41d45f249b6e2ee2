"""Middle fusion: branches exchange their tensors at the ends of stages."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_fusions() -> list[Plugin]:
    about = "Branches receive what others have at the ends of stages, all of it: no attention."
    return [Plugin("middle", "bench_middle.middle:Middle", about, ("default",))]
