"""`bench data`: getting data sets, and looking after them; one file per command, loaded when it is typed."""

from __future__ import annotations

import importlib

import click

COMMANDS = ("list", "status", "download", "link", "verify", "card", "simulate", "cache", "prune")


class Lazy(click.Group):
    """Its commands, in the order in which people need them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]  # `list` is a module of this package

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"bench.cli.data.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command


@click.group("data", cls=Lazy)
def command() -> None:
    """Get data sets onto this machine, check them, simulate them, and look after the cache.

    Each data set is a folder, or a link to one, below the data root: --data, BENCH_DATA, or a folder of your own that
    'bench data list' names. Nothing is ever downloaded but by 'bench data download'.
    """
