"""Hand-made features of each window: statistics and spectrum of any signal, beats of the heart, skin responses."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_preprocessors() -> list[Plugin]:
    about = "Features of each window: statistics, band powers, heart beats and skin conductance responses."
    return [Plugin("statistics", "bench_statistics.extractor:Statistics", about)]
