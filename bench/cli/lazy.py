"""Groups of commands: one that names the nearest command, and one with a module per command."""

from __future__ import annotations

import importlib
from typing import Any

import click

from bench.errors import unknown


class Group(click.Group):
    """A command that does not exist is answered with the nearest one and all."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and not ctx.resilient_parsing and self.get_command(ctx, name) is None:
            raise unknown("command", name, self.list_commands(ctx), of=f"'{ctx.command_path}'")
        return super().resolve_command(ctx, args)


class Lazy(Group):
    """`package` has a module per name, also in a folder, as in `folder.name`; help lists them in this order.

    A module is imported when its command is called.
    """

    def __init__(self, *arguments: Any, package: str, names: tuple[str, ...], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.modules = {name.rpartition(".")[2]: f"{package}.{name}" for name in names}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.modules:
            return None
        command = importlib.import_module(self.modules[cmd_name]).command
        assert isinstance(command, click.Command)
        return command
