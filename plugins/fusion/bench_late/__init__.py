"""Late fusion: one model per modality, whose decisions are combined."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_fusions() -> list[Plugin]:
    return [Plugin("late", "bench_late.late:Late", "One model per modality; their probabilities are combined.")]
