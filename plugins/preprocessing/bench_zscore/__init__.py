"""Standardisation of each person's signals by that person's own session."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_preprocessors() -> list[Plugin]:
    about = "Zero mean and unit spread per channel over the person's whole session (transductive)."
    return [Plugin("zscore", "bench_zscore.zscore:ZScore", about)]
