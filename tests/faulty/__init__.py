"""A model with one fault at a time."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_models():
    return [Plugin("faulty", "faulty.model:Faulty", "It has one fault.")]
