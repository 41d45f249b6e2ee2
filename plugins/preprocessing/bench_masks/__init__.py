"""What must not be believed: artefacts and flat lines become gaps, and edges are left out."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_preprocessors() -> list[Plugin]:
    return [
        Plugin(
            "artefacts",
            "bench_masks.artefacts:Artefacts",
            "Samples out of range, or far from what is usual, become gaps.",
        ),
        Plugin("flatline", "bench_masks.flatline:FlatLine", "Stretches that do not move become gaps."),
        Plugin("trim", "bench_masks.trim:Trim", "Leaves out the first and last seconds of each segment."),
    ]
