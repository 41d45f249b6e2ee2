"""`bench data prune`: free space in the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bench.cli.data.cache_entries import DIGESTS, CacheEntry, cache_option, list_entries, remove
from bench.cli.data.formatting import plural
from bench.data.acquisition.sizes import format_size
from bench.errors import BenchError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


@click.command("prune")
@cache_option
@click.option("--partial", is_flag=True, help="Only incomplete or damaged entries, and unused locks.")
@click.option("--older-than", type=click.FloatRange(min=0), metavar="DAYS", help="Also entries older than that.")
@click.option("--all", "everything", is_flag=True, help="Everything.")
@click.option("--weights", is_flag=True, help="Also pre-trained weights, which are kept otherwise.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def command(cache: Path, partial: bool, older_than: float | None, everything: bool, weights: bool, yes: bool) -> None:
    """Delete entries of the cache, which are recomputed when they are needed.

    Pre-trained weights, and checkpoints from which an interrupted pre-training continues, are kept without --weights.
    Entries that another process is writing are kept. A run in progress fails if an entry that it still needs is
    deleted; the same command continues it.
    """
    if partial + everything + (older_than is not None) != 1:
        raise UsageError("Choose what to delete: one of --partial, --older-than DAYS or --all.")
    matching = [entry for entry in list_entries(cache) if is_selected(entry, older_than, everything=everything)]
    selected = [entry for entry in matching if weights or not entry.weights]
    if kept := [entry for entry in matching if not weights and entry.weights]:
        files = f"{plural(len(kept), 'file')} of pre-trained weights"
        size, verb = format_size(sum(entry.size for entry in kept)), "is" if len(kept) == 1 else "are"
        click.echo(f"{files} ({size}) in {cache} {verb} kept; --weights deletes them too.", err=True)
    if not selected:
        click.echo(f"Nothing to delete in {cache}.")
        return
    entries = plural(len(selected), "entry")
    if not yes:
        confirm(f"Delete {entries} of {cache}, {format_size(sum(entry.size for entry in selected))}?")
    freed = [remove(entry) for entry in selected]
    if everything and None not in freed:
        (cache / DIGESTS).unlink(missing_ok=True)
    deleted = [size for size in freed if size is not None]
    click.echo(f"Deleted {len(deleted)} of {entries} of {cache}; {format_size(sum(deleted))} were freed.")
    for entry, result in zip(selected, freed, strict=True):
        if result is None:
            click.echo(f"{entry.kind}/{entry.key} is kept: another process is writing it.", err=True)


def is_selected(entry: CacheEntry, older_than: float | None, *, everything: bool) -> bool:
    old = older_than is not None and entry.age >= older_than
    return everything or old or entry.state != "complete"


def confirm(question: str) -> None:
    try:
        confirmed = click.confirm(question, default=False, err=True)
    except click.Abort:
        click.echo(err=True)
        confirmed = False
    if not confirmed:
        raise BenchError("Nothing was deleted; use --yes to delete without confirmation.")
