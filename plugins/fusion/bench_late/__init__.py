"""Late fusion: one model per modality, whose decisions or embeddings are combined."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_fusions() -> list[Plugin]:
    return [
        Plugin(
            "late", "bench_late.late:Late", "One model per modality; their probabilities are combined.", ("default",)
        ),
        Plugin(
            "late-frozen",
            "bench_late.frozen:Frozen",
            "One branch per modality, trained alone and frozen; a head learns from their embeddings.",
        ),
    ]
