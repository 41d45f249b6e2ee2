"""`bench data`: get, check and simulate data sets, and manage the cache; one file per command, loaded when it runs."""

from __future__ import annotations

import click

from bench.cli.lazy import Lazy

COMMANDS = ("list", "status", "download", "link", "verify", "card", "simulate", "cache", "prune")


@click.group("data", cls=Lazy, package=__name__, names=COMMANDS)
def command() -> None:
    """Get, check and simulate data sets, and manage the cache.

    Each data set is a folder, or a link to one, in the data root: --data, BENCH_DATA, or a folder for user data that
    'bench data list' shows. Only 'bench data download' uses the network.
    """
