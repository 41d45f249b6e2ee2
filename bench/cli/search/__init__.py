"""`bench search`: what nested searches have tried and chosen; one file per command."""

from __future__ import annotations

import click

from bench.cli.lazy import Lazy

COMMANDS = ("show", "best", "plot", "export")


@click.group("search", cls=Lazy, package=__name__, names=COMMANDS)
def command() -> None:
    """Show what nested searches have tried and chosen.

    'bench run --search 50' makes them: in each fold, so many trials on inner parts of its training windows. They are
    Optuna studies, sealed line by line, in 'cells/KEY/search' of the results folder.
    """
