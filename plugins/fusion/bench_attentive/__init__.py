"""Attentive cross-modal connections (AttX): branches exchange tensors weighted by attention."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_fusions() -> list[Plugin]:
    about = "Branches receive what others have at the ends of stages, weighted by attention between them (AttX)."
    return [Plugin("attentive", "bench_attentive.attentive:Attentive", about, ("default",))]
