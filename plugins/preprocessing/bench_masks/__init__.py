"""Masks: artefacts and flat lines become gaps, and edges of segments are removed."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_preprocessors() -> list[Plugin]:
    return [
        Plugin(
            "artefacts",
            "bench_masks.artefacts:Artefacts",
            "Samples out of range, or far from what is usual, become gaps.",
        ),
        Plugin("flatline", "bench_masks.flatline:FlatLine", "Constant intervals become gaps."),
        Plugin("trim", "bench_masks.trim:Trim", "Removes the first and last seconds of each segment."),
    ]
