"""A package of a stranger, with one data set in files that a test can publish and spoil."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets():
    return [
        Plugin("tiny", "tiny_data.dataset:Tiny", "A data set of a test."),
        Plugin("asked-for", "tiny_data.dataset:AskedFor", "One that has to be asked for."),
    ]
