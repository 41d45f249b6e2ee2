"""`bench data`: getting data sets, and looking after them; one file per command, loaded when it is typed."""

from __future__ import annotations

import click

from bench.cli.lazy import Lazy

COMMANDS = ("list", "status", "download", "link", "verify", "card", "simulate", "cache", "prune")


@click.group("data", cls=Lazy, package=__name__, names=COMMANDS)
def command() -> None:
    """Get data sets onto this machine, check them, simulate them, and look after the cache.

    Each data set is a folder, or a link to one, below the data root: --data, BENCH_DATA, or a folder of your own that
    'bench data list' names. Nothing is ever downloaded but by 'bench data download'.
    """
