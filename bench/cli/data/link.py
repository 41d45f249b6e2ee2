"""`bench data link`: register an existing copy of a data set."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.data.dataset_argument import data_argument, file_dataset
from bench.cli.parameters import complete_dataset, data_option


@click.command("link")
@click.argument("name", shell_complete=complete_dataset)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace an existing link.")
@data_option
@click.pass_context
def command(ctx: click.Context, name: str, folder: Path, replace: bool) -> None:
    """Register an existing copy of data set NAME in FOLDER.

    Nothing is copied or changed there. FOLDER may also be slightly above or below the top folder of the data set.
    """
    from bench.data.acquisition.link import link
    from bench.data.acquisition.local_copy import find_copy

    dataset = file_dataset(ctx, name)
    made = link(dataset, folder, replace=replace)
    if made.target != folder.expanduser().resolve():
        click.echo(f"The top folder of '{name}' is {made.target}, not {folder}.")
    click.echo(
        f"Linked {made.path} to {made.target}." if made.new else f"{made.path} is used already; nothing changed."
    )
    copy = find_copy(dataset)
    if copy.folder and copy.folder.resolve() != made.target:
        click.echo(f"However, {copy.folder} is found first; move it away.", err=True)
    if copy.simulated:
        click.echo("It is a simulated stand-in, which every result will show.")
    click.echo(f"Next: 'bench data verify {name}{data_argument(ctx)}'.")
