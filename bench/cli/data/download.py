"""`bench data download`: the only command that asks the network for anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bench.cli.data.chosen import in_files, typed_root
from bench.cli.data.words import several
from bench.cli.parameters import complete_dataset, data_option
from bench.data.acquisition.sizes import size
from bench.errors import BenchError, DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.data.acquisition.download import Fetched
    from bench.readers import Download, FileDataset


@click.command("download")
@click.argument("name", shell_complete=complete_dataset)
@click.option("--accept-licence", is_flag=True, help="Accept the licence without being asked.")
@click.option("--subjects", metavar="LIST", help="Only the files of these people, as in 1,2,5.")
@click.option("--only", multiple=True, metavar="PATTERN", help="Only files that are called so, as in '*R04.edf'.")
@data_option
@click.pass_context
def command(ctx: click.Context, name: str, accept_licence: bool, subjects: str | None, only: tuple[str, ...]) -> None:
    """Download the data set NAME, after its licence was shown and accepted.

    What was interrupted goes on where it stopped, and what is there already is not fetched again. Every file is checked
    against what its owners published before it gets its name.
    """
    from bench.data.acquisition.download import folder_of

    dataset = in_files(ctx, name)
    if not dataset.downloads:
        ask_for(dataset)
        ctx.exit(1)
    folder = folder_of(dataset)
    if elsewhere(dataset, folder):
        return
    from bench.data.acquisition.selection import select

    wanted = [part.strip() for part in subjects.split(",") if part.strip()] if subjects is not None else []
    if subjects is not None and not wanted:
        raise UsageError("--subjects takes names or numbers joined by commas, as in 1,2,5.")
    chosen = select(dataset.downloads, wanted, only)
    introduce(dataset, chosen)
    accept(dataset, folder, accepted=accept_licence)
    fetched = carry_out(chosen, folder)
    tell(dataset, fetched, folder, typed_root(ctx))


def ask_for(dataset: FileDataset) -> None:
    """Its owners give it to people, not to programs."""
    from bench.data.acquisition.survey import holding, how

    held = holding(dataset)
    click.echo(f"'{dataset.name}' ({dataset.card.title}) cannot be downloaded by a program; nothing was downloaded.")
    click.echo(f"  how to get it  {how(dataset)}\n  home           {dataset.card.home}")
    click.echo(f"  licence        {dataset.card.licence}\n  citation       {dataset.card.citation}")
    if held.kind == "real":
        click.echo(f"It is on this machine already, in {held.folder}.")
    else:
        click.echo(f"To try without it: 'bench data simulate {dataset.name}'.")


def elsewhere(dataset: FileDataset, folder: Path) -> bool:
    """Whether the real data are on this machine already, in a folder that is not the download's."""
    from bench.data.acquisition.survey import holding

    held = holding(dataset)
    if held.kind != "real" or held.folder is None or held.folder.is_relative_to(folder):
        return False
    click.echo(f"'{dataset.name}' is on this machine already, in {held.folder}; nothing was downloaded.")
    click.echo("To download it all the same, name another folder with --data.")
    return True


def introduce(dataset: FileDataset, chosen: Sequence[Download]) -> None:
    """What a person should know before it is fetched."""
    card = dataset.card
    total = sum(each.size for each in chosen)
    part = "" if len(chosen) == len(dataset.downloads) else f" of {len(dataset.downloads)}"
    click.echo(f"{card.title}\n  home      {card.home}\n  licence   {card.licence}\n  citation  {card.citation}")
    click.echo(f"  size      {card.size}")
    click.echo(f"  to fetch  {several(len(chosen), 'file')}{part}" + (f", {size(total)}" if total else ""))


def accept(dataset: FileDataset, folder: Path, *, accepted: bool) -> None:
    """Ask, unless this licence was accepted before."""
    from bench.data.acquisition.receipt import Receipt

    receipt = Receipt(folder)
    if receipt.accepted(dataset.card):
        return
    if not accepted:
        try:
            accepted = click.confirm("Do you accept this licence?", default=False, err=True)
        except click.Abort:
            click.echo(err=True)
    if not accepted:
        raise BenchError("Nothing was downloaded, since the licence was not accepted; --accept-licence accepts it.")
    receipt.accept(dataset.card)


def carry_out(chosen: Sequence[Download], folder: Path) -> Fetched:
    """One process at a time; another one waits, and then finds what the first has fetched."""
    from filelock import Timeout

    from bench.cli.data.bars import Arrivals
    from bench.data.acquisition.download import bring, lock_of

    lock = lock_of(folder)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        click.echo(f"Another process is downloading into {folder}; waiting for it.", err=True)
        lock.acquire()
    try:
        with Arrivals() as bars:
            return bring(chosen, folder, bars)
    finally:
        lock.release()


def tell(dataset: FileDataset, fetched: Fetched, folder: Path, root: str) -> None:
    """What came, where it is, and what to do next."""
    from bench.data.acquisition.survey import holding

    was = "was" if fetched.there == 1 else "were"
    there = f"; {several(fetched.there, 'file')} {was} there already" if fetched.there else ""
    click.echo(f"Downloaded {several(len(fetched.new), 'file')}, {size(fetched.size)}, to {folder}{there}.")
    for archive in fetched.unpacked:
        click.echo(f"Unpacked {archive}, which can be deleted now.")
    held = holding(dataset)
    if held.folder is None:
        raise DataError(
            f"'{dataset.name}' is still not found: no {' or '.join(dataset.root_patterns)} in {folder} or the folders in it; "
            "what its owners publish may have changed, or a part was downloaded that is not enough."
        )
    click.echo(f"Next: 'bench data verify {dataset.name}{root}', 'bench run --dataset {dataset.name}{root}'.")
