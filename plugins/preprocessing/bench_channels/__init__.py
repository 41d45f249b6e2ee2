"""Channels by name: selection and re-referencing."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_preprocessors() -> list[Plugin]:
    return [
        Plugin("channels", "bench_channels.selection:Channels", "Keeps channels by name, in the order given."),
        Plugin(
            "reference",
            "bench_channels.reference:Reference",
            "Measures channels against their average, or against named ones.",
        ),
    ]
