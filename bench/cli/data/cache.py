"""`bench data cache`: what the cache holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from bench.cli.data.entries import MEMORY, Found, cache_option, entries, on_disk
from bench.cli.data.words import several
from bench.data.acquisition.sizes import size

if TYPE_CHECKING:
    from pathlib import Path


@click.command("cache")
@cache_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(cache: Path, as_json: bool) -> None:
    """Show what the cache of prepared data and pre-trained weights holds.

    What is prepared can be made again from the recordings; 'bench data prune' deletes it, and leaves weights alone.
    """
    found = entries(cache)
    total = on_disk(cache)
    if as_json:
        rows = [as_row(each) for each in found]
        click.echo(json.dumps({"cache": str(cache), "bytes": total, "entries": rows}, indent=1))
        return
    if not found:
        click.echo(f"The cache in {cache} is empty.")
        return
    show(found)
    memory = cache / MEMORY
    remembered = f", with {size(memory.stat().st_size)} of remembered digests" if memory.exists() else ""
    folders = [each for each in found if not each.weights]
    click.echo(f"\n{cache}: {several(len(folders), 'folder')}, {size(total)} on disk{remembered}.")
    if left := sum(each.state != "complete" for each in folders):
        click.echo(f"'bench data prune --partial' removes {several(left, 'leftover')}.")
    if trained := [each for each in found if each.weights]:
        took = f"{several(len(trained), 'file')} of pre-trained weights ({size(sum(each.size for each in trained))})"
        click.echo(f"{took}: 'bench weights list' tells more; 'bench data prune' deletes them only with --weights.")


def show(found: list[Found]) -> None:
    from tabulate import tabulate

    rows = [[each.kind, each.key, each.state, size(each.size), f"{each.age:.1f}"] for each in found]
    click.echo(tabulate(rows, ["kind", "key", "state", "size", "days"], tablefmt="simple", disable_numparse=True))


def as_row(found: Found) -> dict[str, object]:
    made = datetime.fromtimestamp(found.made, UTC).isoformat(timespec="seconds")
    return {"kind": found.kind, "key": found.key, "state": found.state, "bytes": found.size, "made": made}
