"""`bench plot`: pictures to check by eye what a chain of steps does; one file per command, loaded when it is typed."""

from __future__ import annotations

import click

from bench.cli.lazy import Lazy

COMMANDS = ("signals", "eda")


@click.group("plot", cls=Lazy, package=__name__, names=COMMANDS)
def command() -> None:
    """Draw recordings as they are and as a chain of steps leaves them, so that a person can check them by eye.

    Pictures are PNG files; no display is needed.
    """
