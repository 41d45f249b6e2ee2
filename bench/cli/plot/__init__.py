"""`bench plot`: plots of recordings and of what a chain of steps does to them; one file per command."""

from __future__ import annotations

import click

from bench.cli.lazy import Lazy

COMMANDS = ("signals", "eda")


@click.group("plot", cls=Lazy, package=__name__, names=COMMANDS)
def command() -> None:
    """Plot recordings before and after a chain of steps, for visual inspection.

    Plots are PNG files; no display is needed. They need `pip install 'affectbench[plot]'`.
    """
