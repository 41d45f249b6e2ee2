"""AttX: a residual network with squeeze and excitation for ECG, a convolutional one for EDA."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_models() -> list[Plugin]:
    about = "One branch of 1-D convolutions per modality, in stages that a fusion can join (AttX)."
    return [Plugin("attx", "bench_attx.attx:AttX", about)]
