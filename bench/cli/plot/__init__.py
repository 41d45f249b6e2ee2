"""`bench plot`: pictures to check by eye what a chain of steps does; one file per command, loaded when it is typed."""

from __future__ import annotations

import importlib

import click

COMMANDS = ("signals", "eda")


class Lazy(click.Group):
    """Its commands, the general one first."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"bench.cli.plot.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command


@click.group("plot", cls=Lazy)
def command() -> None:
    """Draw recordings as they are and as a chain of steps leaves them, so that a person can check them by eye.

    Pictures are PNG files; no display is needed.
    """
