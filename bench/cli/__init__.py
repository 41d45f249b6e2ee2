"""The command `bench`: one file per command, loaded when it is typed."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click

import bench
from bench.cli.lazy import Group
from bench.errors import BenchError
from bench.registry import BUILT_IN

if TYPE_CHECKING:
    from bench.registry import Registry

INTERRUPTED = 130
ARGV = "bench.argv"  # in the context of the command line: the arguments as typed


class Bench(Group):
    """Built-in commands by file, plugins' commands by name; errors for people are printed in this one place."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        typed = tuple(args)
        ctx = super().make_context(info_name, args, parent, **extra)
        ctx.meta[ARGV] = typed
        return ctx

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*BUILT_IN, *registry(ctx).names("command")})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in BUILT_IN:
            command = importlib.import_module(f"bench.cli.{cmd_name}").command
        elif cmd_name in registry(ctx).names("command"):
            command = registry(ctx).get("command", cmd_name).load()
        else:
            return None
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BenchError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("Interrupted. What was finished is stored; the same command goes on from there.", err=True)
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:  # the reader, such as `head`, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)


def registry(ctx: click.Context) -> Registry:
    """The installed plugins, looked up once per command."""
    from bench.registry import Registry

    root = ctx.find_root()
    if not isinstance(root.obj, Registry):
        root.obj = Registry()
    return root.obj


@click.group(cls=Bench, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(bench.__version__, "-V", "--version", prog_name="bench")
def main() -> None:
    """Compare fusions of physiological signals, with trustworthy results.

    `bench run` compares early and late fusion with each single modality on simulated subjects.
    """
