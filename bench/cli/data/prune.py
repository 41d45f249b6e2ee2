"""`bench data prune`: make room in the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bench.cli.data.entries import MEMORY, Found, cache_option, entries, remove
from bench.cli.data.words import several
from bench.data.acquisition.sizes import size
from bench.errors import BenchError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


@click.command("prune")
@cache_option
@click.option("--partial", is_flag=True, help="Only what is half-written or damaged, and locks that nobody holds.")
@click.option("--older-than", type=click.FloatRange(min=0), metavar="DAYS", help="Also what was made before that.")
@click.option("--all", "everything", is_flag=True, help="Everything.")
@click.option("--weights", is_flag=True, help="Pre-trained weights as well, which no other option touches.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(cache: Path, partial: bool, older_than: float | None, everything: bool, weights: bool, yes: bool) -> None:
    """Delete from the cache; what is deleted is made again when it is needed.

    Pre-trained weights stay, and so does what a pre-training that was stopped goes on from, unless --weights is typed.
    What another process is writing stays. A run that is at work may need again what was deleted under it, and fails
    then; the same command goes on from there.
    """
    if partial + everything + (older_than is not None) != 1:
        raise UsageError("Say what to delete: one of --partial, --older-than DAYS or --all.")
    meant = [each for each in entries(cache) if wanted(each, older_than, everything=everything)]
    chosen = [each for each in meant if weights or not each.weights]
    if kept := [each for each in meant if not weights and each.weights]:
        files = f"{several(len(kept), 'file')} of pre-trained weights ({size(sum(each.size for each in kept))})"
        click.echo(f"{files} in {cache} {'stays' if len(kept) == 1 else 'stay'}; --weights deletes them too.", err=True)
    if not chosen:
        click.echo(f"Nothing to delete in {cache}.")
        return
    told = f"{several(len(chosen), 'entry').replace('entrys', 'entries')} of {cache}"
    if not yes:
        agree(f"Delete {told}, {size(sum(each.size for each in chosen))}?")
    freed = [remove(each) for each in chosen]
    if everything and None not in freed:
        (cache / MEMORY).unlink(missing_ok=True)
    gone = [each for each in freed if each is not None]
    click.echo(f"Deleted {len(gone)} of {told}; {size(sum(gone))} are free now.")
    for each, result in zip(chosen, freed, strict=True):
        if result is None:
            click.echo(f"{each.kind}/{each.key} stays: another process is writing it.", err=True)


def wanted(found: Found, older_than: float | None, *, everything: bool) -> bool:
    old = older_than is not None and found.age >= older_than
    return everything or old or found.state != "complete"


def agree(question: str) -> None:
    try:
        agreed = click.confirm(question, default=False, err=True)
    except click.Abort:
        click.echo(err=True)
        agreed = False
    if not agreed:
        raise BenchError("Nothing was deleted; --yes deletes without asking.")
