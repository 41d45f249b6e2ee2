"""`bench weights`: pre-trained weights; one file per command."""

from __future__ import annotations

import click

from bench.cli.lazy import Lazy

COMMANDS = ("list", "show", "export", "add")


@click.group("weights", cls=Lazy, package=__name__, names=COMMANDS)
def command() -> None:
    """Inspect pre-trained weights, and move them between machines.

    'bench run --pretrain' makes them: one safetensors file for each branch of a network, in the folder 'pretrained' of
    the cache. Runs that need the same take them from there.
    """
