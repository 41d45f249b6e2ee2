"""Normalisation by subject, a recording, a baseline, the past, or the training part of a fold."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_preprocessors() -> list[Plugin]:
    return [
        Plugin(
            "zscore",
            "bench_normalise.zscore:ZScore",
            "Zero mean and unit spread per channel, over a session, its calm part, or the past alone.",
        ),
        Plugin("minmax", "bench_normalise.minmax:MinMax", "From 0 to 1 per channel, over a session (transductive)."),
        Plugin(
            "standardise",
            "bench_normalise.standardise:Standardise",
            "Zero mean and unit spread per channel, learnt inside each fold from its training part.",
        ),
    ]
