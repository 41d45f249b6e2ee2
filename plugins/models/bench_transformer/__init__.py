"""A Transformer over 1-D convolutions, pre-trained by predicting masked values."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_models() -> list[Plugin]:
    about = "One branch of 1-D convolutions and a Transformer per modality, which can be pre-trained without labels."
    return [Plugin("transformer", "bench_transformer.transformer:Transformer", about)]
