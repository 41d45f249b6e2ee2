"""`bench data link`: use a data set where it lies."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.data.chosen import in_files, typed_root
from bench.cli.parameters import complete_dataset, data_option


@click.command("link")
@click.argument("name", shell_complete=complete_dataset)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Put this link in the place of another one.")
@data_option
@click.pass_context
def command(ctx: click.Context, name: str, folder: Path, replace: bool) -> None:
    """Use the data set NAME where it lies, in FOLDER.

    Nothing is copied or changed there. FOLDER may be its top folder, or one a little above or below it.
    """
    from bench.data.acquisition.link import link
    from bench.data.acquisition.survey import holding

    dataset = in_files(ctx, name)
    made = link(dataset, folder, replace=replace)
    if made.top != folder.expanduser().resolve():
        click.echo(f"The top folder of '{name}' is {made.top}, not {folder}.")
    click.echo(f"Linked {made.place} to {made.top}." if made.new else f"{made.place} is used already; nothing changed.")
    held = holding(dataset)
    if held.folder and held.folder.resolve() != made.top:
        click.echo(f"But {held.folder} is found before it; move that away.", err=True)
    if held.simulated:
        click.echo("It is a simulated stand-in, and every result will say so.")
    click.echo(f"Next: 'bench data verify {name}{typed_root(ctx)}'.")
