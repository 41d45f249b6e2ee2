"""`bench search best`: the options that folds have chosen, as one command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bench.cli.parameters import out_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("best")
@click.argument("run", default="latest")
@out_option
def command(run: str, out: Path) -> None:
    """Print for each row of RUN the options that its folds have chosen: the median of numbers, the most frequent word.

    They serve other data. On the same windows they would be chosen by test windows, since each fold has seen the test
    windows of the others.
    """
    from bench.cli.search.searches import chosen, searched, typical
    from bench.results.store import Store
    from bench.specs import format_spec

    for found in searched(Store(out), run):
        values = {name: typical(each) for name, each in chosen(found.tasks).items()}
        click.secho(f"# {found.title}", dim=True)
        words = []
        for role, choice in (("model", found.cell.cell.model), ("fusion", found.cell.cell.fusion)):
            mine = {name.partition(".")[2]: value for name, value in values.items() if name.startswith(f"{role}.")}
            fixed = {name: choice.options[name] for name in choice.fixed}
            words.append(f"--{role} '{format_spec(choice.name, {**fixed, **mine})}'")
        click.echo(" ".join(words))
    click.echo("These options have seen all of these people: use them on other data only.", err=True)
