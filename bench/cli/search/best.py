"""`bench search best`: the options that folds have chosen, as one command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bench.cli import registry
from bench.cli.parameters import out_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("best")
@click.argument("run", default="latest")
@out_option
@click.pass_context
def command(ctx: click.Context, run: str, out: Path) -> None:
    """Print for each row of RUN a command with the options that most of its folds have chosen.

    Where all folds differ, they are those with the best inner score. They serve other data: on the same windows they
    would be chosen by test windows, since each fold has seen the test windows of the others.
    """
    from dataclasses import replace

    from bench.cli.search.searches import common, searched
    from bench.planning.command import command_line, grid_of
    from bench.results.store import Store
    from bench.specs import format_spec

    for found in searched(Store(out), run):
        cell, chosen = found.cell.cell, common(found.tasks)
        typed: dict[str, Any] = {}
        for role, choice in (("model", cell.model), ("fusion", cell.fusion)):
            mine = {name.partition(".")[2]: value for name, value in chosen.items() if name.startswith(f"{role}.")}
            fixed = {name: choice.options[name] for name in choice.fixed}
            typed[role] = (format_spec(choice.name, {**fixed, **mine}),)
        grid = grid_of(cell, registry(ctx))
        options = {name: value for name, value in grid.options.items() if not name.startswith("search.")}
        grid = replace(grid, **typed, options=options, search=0, objective="", modalities=cell.modalities)
        click.secho(f"# {found.title}", dim=True)
        click.echo(command_line(grid))
    click.echo("These options have seen all of these people: use them on other data only.", err=True)
