"""WESAD: chest and wrist recordings of 15 subjects at rest, under stress and amused."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_datasets() -> list[Plugin]:
    about = "WESAD: chest and wrist recordings of 15 subjects at rest, under stress and amused."
    return [Plugin("wesad", "bench_wesad.dataset:Wesad", about)]
