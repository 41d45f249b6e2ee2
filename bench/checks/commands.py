"""What a command has to hold."""

from __future__ import annotations

from typing import Any

import click

from bench.errors import PluginError


def is_a_click_command(command: Any) -> None:
    """It is a click command."""
    if not isinstance(command, click.Command):
        raise PluginError(f"Its target is {command!r}; name a function decorated with @click.command().")


def has_help(command: Any) -> None:
    """It has a help text."""
    if not (getattr(command, "help", None) or "").strip():
        raise PluginError("It has no help text; write a docstring below @click.command(), or give help=.")


CHECKS = (is_a_click_command, has_help)
