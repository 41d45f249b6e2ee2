"""`bench weights`: what networks have learnt before labels; one file per command, loaded when it is typed."""

from __future__ import annotations

import click

from bench.cli.lazy import Lazy

COMMANDS = ("list", "show", "export", "add")


@click.group("weights", cls=Lazy, package=__name__, names=COMMANDS)
def command() -> None:
    """Look at pre-trained weights, and move them from one machine to another.

    'bench run --pretrain' makes them: one safetensors file for each branch of a network, in the folder 'pretrained' of
    the cache. Runs that need the same take them from there.
    """
