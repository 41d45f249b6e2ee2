"""`bench data status`: the files of a data set on this machine, listed without reading a recording."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from bench.cli.data.dataset_argument import file_dataset, file_datasets
from bench.cli.data.formatting import format_excluded, format_subjects
from bench.cli.parameters import complete_dataset, data_option
from bench.data.acquisition.sizes import format_size
from bench.errors import PluginError

if TYPE_CHECKING:
    from bench.data.acquisition.local_copy import Contents, LocalCopy
    from bench.readers import FileDataset


@click.command("status")
@click.argument("name", required=False, shell_complete=complete_dataset)
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, name: str | None, as_json: bool) -> None:
    """Show folder, subjects and files of the data set NAME, or of all data sets.

    No recording is read; 'bench data verify' reads them.
    """
    from bench.data.acquisition.local_copy import find_copy, how_to_get, list_contents

    listed = [file_dataset(ctx, name)] if name else file_datasets(ctx)
    datasets = [each for each in listed if not isinstance(each, PluginError)]
    rows = []
    for index, dataset in enumerate(datasets):
        copy = find_copy(dataset)
        contents = list_contents(dataset) if copy.folder else None
        if as_json:
            rows.append(to_row(copy, contents))
            continue
        if index:
            click.echo()
        click.secho(f"{copy.name}: {copy.title}", bold=True)
        if contents:
            show(dataset, copy, contents)
        else:
            click.echo("  not on this machine")
            if copy.link:
                click.echo(f"  link       {copy.link}, which does not exist")
            click.echo(f"  get it     {how_to_get(dataset)}")
    if as_json:
        click.echo(json.dumps(rows[0] if name else rows, indent=1))


def show(dataset: FileDataset, copy: LocalCopy, contents: Contents) -> None:
    click.echo(f"  {'simulated stand-in' if copy.simulated else 'real'} in {copy.folder}")
    if copy.simulated and dataset.remark:
        click.echo(f"  remark     {dataset.remark}")
    if copy.link:
        click.echo(f"  link       {copy.link}")
    if contents.problem:
        click.echo(f"  problem    {contents.problem}")
        return
    click.echo(f"  subjects   {format_subjects(contents.subjects)}")
    click.echo(f"  files      {contents.files}, {format_size(contents.size)}")
    if contents.missing:
        click.echo(f"  missing    {len(contents.missing)}: {', '.join(contents.missing[:5])}")
    for line in format_excluded(contents.excluded):
        click.echo(f"  excluded   {line}")
    published = len(dataset.downloads)
    if published > 1 and not copy.simulated:
        click.echo(f"  published  {published} files; 'bench data verify {copy.name}' compares those that are here")


def to_row(copy: LocalCopy, contents: Contents | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": copy.name,
        "access": copy.access,
        "state": copy.kind,
        "folder": str(copy.folder) if copy.folder else None,
        "link": str(copy.link) if copy.link else None,
    }
    if contents:
        row |= {
            "subjects": list(contents.subjects),
            "files": contents.files,
            "bytes": contents.size,
            "missing": list(contents.missing),
            "excluded": dict(contents.excluded),
            "problem": contents.problem,
        }
    return row
