"""`bench data list`: which data sets there are, and which of them are on this machine."""

from __future__ import annotations

import json
from typing import Any

import click

from bench.cli.data.chosen import all_in_files
from bench.cli.parameters import data_option
from bench.errors import PluginError


@click.command("list")
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List installed data sets that lie in files, and where they are on this machine."""
    from bench.data.acquisition.survey import holding, how
    from bench.readers import data_folders

    found = list(all_in_files(ctx))
    broken = [each for each in found if isinstance(each, PluginError)]
    datasets = [each for each in found if not isinstance(each, PluginError)]
    rows: list[dict[str, Any]] = []
    for dataset in datasets:
        held = holding(dataset)
        rows.append(
            {"name": held.name, "access": held.access, "state": held.kind,
             "folder": str(held.folder) if held.folder else None, "link": str(held.link) if held.link else None,
             "get": None if held.kind == "real" else how(dataset)}
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps({"root": str(data_folders.data_root()), "datasets": rows}, indent=1))
    else:
        show(rows)
        click.echo(f"\nData root: {data_folders.data_root()}. 'bench data status NAME' tells more, 'bench data card NAME' all.")
    for error in broken:
        click.echo(f"{error}", err=True)


def show(rows: list[dict[str, Any]]) -> None:
    from tabulate import tabulate

    colours = {"real": "green", "stand-in": "yellow", "absent": "bright_black"}
    table = [
        [row["name"], click.style(row["state"], fg=colours[row["state"]]), row["folder"] or shortly(row)]
        for row in rows
    ]
    click.echo(tabulate(table, ["name", "here", "where, or how to get it"], tablefmt="simple", disable_numparse=True))


def shortly(row: dict[str, Any]) -> str:
    """Long conditions stand in the card."""
    return row["get"] if row["get"].startswith("'") else f"by hand: 'bench data download {row['name']}' says how"
