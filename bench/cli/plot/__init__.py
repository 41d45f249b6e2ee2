"""`bench plot`: plots of recordings, of what a chain of steps does to them, and of results; one file per command."""

from __future__ import annotations

import click

from bench.cli.lazy import Lazy

RECORDINGS = ("signals", "eda")
RESULTS = ("comparison", "fusion", "people", "calibration", "ranks")


@click.group("plot", cls=Lazy, package=__name__, names=(*RECORDINGS, *(f"results.{name}" for name in RESULTS)))
def command() -> None:
    """Plot recordings before and after a chain of steps, or results for a paper.

    `signals` and `eda` are PNG files for visual inspection. The others are PDF, SVG or PNG files as wide as a column,
    of stored or published results. No display is needed. All need `pip install 'affectbench[plot]'`.
    """
