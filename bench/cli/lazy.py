"""A group of commands, one module each, imported when a command is called."""

from __future__ import annotations

import importlib
from typing import Any

import click


class Lazy(click.Group):
    """`package` has a module per name, also in a folder, as in `folder.name`; help lists them in this order."""

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
