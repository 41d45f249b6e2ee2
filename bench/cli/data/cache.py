"""`bench data cache`: list the content of the cache."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from bench.cli.data.cache_entries import DIGESTS, CacheEntry, cache_option, disk_usage, list_entries
from bench.cli.data.formatting import plural
from bench.data.acquisition.sizes import format_size

if TYPE_CHECKING:
    from pathlib import Path


@click.command("cache")
@cache_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(cache: Path, as_json: bool) -> None:
    """Show prepared data and pre-trained weights in the cache.

    Prepared data can be recomputed from the recordings; 'bench data prune' deletes them and keeps weights.
    """
    entries = list_entries(cache)
    total = disk_usage(cache)
    if as_json:
        rows = [to_row(entry) for entry in entries]
        click.echo(json.dumps({"cache": str(cache), "bytes": total, "entries": rows}, indent=1))
        return
    if not entries:
        click.echo(f"The cache in {cache} is empty.")
        return
    show(entries)
    digests = cache / DIGESTS
    with_digests = f", with {format_size(digests.stat().st_size)} of file digests" if digests.exists() else ""
    folders = [entry for entry in entries if not entry.weights]
    click.echo(f"\n{cache}: {plural(len(folders), 'folder')}, {format_size(total)} on disk{with_digests}.")
    if leftovers := sum(entry.state != "complete" for entry in folders):
        click.echo(f"'bench data prune --partial' removes {plural(leftovers, 'leftover')}.")
    if weights := [entry for entry in entries if entry.weights]:
        files = f"{plural(len(weights), 'file')} of pre-trained weights"
        size = format_size(sum(entry.size for entry in weights))
        click.echo(f"{files} ({size}): see 'bench weights list'; 'bench data prune' deletes them only with --weights.")


def show(entries: list[CacheEntry]) -> None:
    from tabulate import tabulate

    rows = [[entry.kind, entry.key, entry.state, format_size(entry.size), f"{entry.age:.1f}"] for entry in entries]
    click.echo(tabulate(rows, ["kind", "key", "state", "size", "days"], tablefmt="simple", disable_numparse=True))


def to_row(entry: CacheEntry) -> dict[str, object]:
    created = datetime.fromtimestamp(entry.created, UTC).isoformat(timespec="seconds")
    return {"kind": entry.kind, "key": entry.key, "state": entry.state, "bytes": entry.size, "created": created}
