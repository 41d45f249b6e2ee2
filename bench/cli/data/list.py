"""`bench data list`: the installed data sets, and which of them are on this machine."""

from __future__ import annotations

import json
from typing import Any

import click

from bench.cli.data.dataset_argument import file_datasets
from bench.cli.parameters import data_option
from bench.errors import PluginError


@click.command("list")
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List installed data sets in files, and where they are on this machine."""
    from bench.data.acquisition.local_copy import find_copy, how_to_get
    from bench.readers import data_folders

    listed = list(file_datasets(ctx))
    broken = [each for each in listed if isinstance(each, PluginError)]
    datasets = [each for each in listed if not isinstance(each, PluginError)]
    rows: list[dict[str, Any]] = []
    for dataset in datasets:
        copy = find_copy(dataset)
        rows.append(
            {"name": copy.name, "access": copy.access, "state": copy.kind,
             "folder": str(copy.folder) if copy.folder else None, "link": str(copy.link) if copy.link else None,
             "get": None if copy.kind == "real" else how_to_get(dataset)}
        )  # fmt: skip
    root = data_folders.data_root()
    if as_json:
        click.echo(json.dumps({"root": str(root), "datasets": rows}, indent=1))
    else:
        show(rows)
        click.echo(f"\nData root: {root}. For details: 'bench data status NAME', 'bench data card NAME'.")
    for error in broken:
        click.echo(f"{error}", err=True)


def show(rows: list[dict[str, Any]]) -> None:
    from tabulate import tabulate

    colours = {"real": "green", "stand-in": "yellow", "absent": "bright_black"}
    table = [
        [row["name"], click.style(row["state"], fg=colours[row["state"]]), row["folder"] or short_access(row)]
        for row in rows
    ]
    headers = ["name", "here", "folder, or how to get it"]
    click.echo(tabulate(table, headers, tablefmt="simple", disable_numparse=True))


def short_access(row: dict[str, Any]) -> str:
    """A command, or a reference to one that explains the conditions."""
    return row["get"] if row["get"].startswith("'") else f"on request: see 'bench data download {row['name']}'"
