"""`bench weights`: what networks have learnt before labels; one file per command, loaded when it is typed."""

from __future__ import annotations

import importlib

import click

COMMANDS = ("list", "show", "export", "add")


class Lazy(click.Group):
    """Its commands, in the order in which people need them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]  # `list` is a module of this package

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"bench.cli.weights.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command


@click.group("weights", cls=Lazy)
def command() -> None:
    """Look at pre-trained weights, and move them from one machine to another.

    'bench run --pretrain' makes them: one safetensors file for each branch of a network, in the folder 'pretrained' of
    the cache. Runs that need the same take them from there.
    """
