"""`bench data status`: what is there of a data set, without reading a recording."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from bench.cli.data.chosen import all_in_files, in_files
from bench.cli.data.words import counted, people
from bench.cli.parameters import complete_dataset, data_option
from bench.data.acquisition.sizes import size
from bench.errors import PluginError

if TYPE_CHECKING:
    from bench.data.acquisition.survey import Details, Holding
    from bench.readers import FileDataset


@click.command("status")
@click.argument("name", required=False, shell_complete=complete_dataset)
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, name: str | None, as_json: bool) -> None:
    """Show folder, people and files of the data set NAME, or of all.

    No recording is read for it; 'bench data verify' reads them.
    """
    from bench.data.acquisition.survey import details, holding, how

    found = [in_files(ctx, name)] if name else all_in_files(ctx)
    chosen = [each for each in found if not isinstance(each, PluginError)]
    told = []
    for place, dataset in enumerate(chosen):
        held = holding(dataset)
        inside = details(dataset) if held.folder else None
        if as_json:
            told.append(as_row(held, inside))
            continue
        if place:
            click.echo()
        click.secho(f"{held.name}: {held.title}", bold=True)
        if inside:
            show(dataset, held, inside)
        else:
            gone = f"  linked to  {held.link}, where it is not" if held.link else ""
            click.echo("\n".join(filter(None, ["  not on this machine", gone, f"  to get it  {how(dataset)}"])))
    if as_json:
        click.echo(json.dumps(told[0] if name else told, indent=1))


def show(dataset: FileDataset, held: Holding, inside: Details) -> None:
    click.echo(f"  {'simulated stand-in' if held.simulated else 'real'} in {held.folder}")
    if held.simulated and dataset.remark:
        click.echo(f"  remark     {dataset.remark}")
    if held.link:
        click.echo(f"  linked     {held.link}")
    if inside.problem:
        click.echo(f"  wrong      {inside.problem}")
        return
    click.echo(f"  people     {people(inside.people)}")
    click.echo(f"  files      {inside.files} that are read, {size(inside.size)}")
    if inside.missing:
        click.echo(f"  missing    {len(inside.missing)}: {', '.join(inside.missing[:5])}")
    for line in counted(inside.excluded):
        click.echo(f"  left out   {line}")
    published = len(dataset.downloads)
    if published > 1 and not held.simulated:
        click.echo(f"  published  {published} files; 'bench data verify {held.name}' compares those that are here")


def as_row(held: Holding, inside: Details | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": held.name,
        "access": held.access,
        "state": held.kind,
        "folder": str(held.folder) if held.folder else None,
        "link": str(held.link) if held.link else None,
    }
    if inside:
        row |= {
            "people": list(inside.people),
            "files": inside.files,
            "bytes": inside.size,
            "missing": list(inside.missing),
            "excluded": dict(inside.excluded),
            "problem": inside.problem,
        }
    return row
