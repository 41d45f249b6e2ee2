"""`bench data download`: the only command that uses the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bench.cli.data.dataset_argument import data_argument, file_dataset
from bench.cli.data.formatting import plural
from bench.cli.parameters import complete_dataset, data_option
from bench.data.acquisition.sizes import format_size
from bench.errors import BenchError, DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.data.acquisition.download import DownloadResult
    from bench.readers import Download, FileDataset


@click.command("download")
@click.argument("name", shell_complete=complete_dataset)
@click.option("--accept-licence", is_flag=True, help="Accept the licence without a prompt.")
@click.option("--subjects", metavar="LIST", help="Only the files of these subjects, as in 1,2,5.")
@click.option("--only", multiple=True, metavar="PATTERN", help="Only files that match, as in '*R04.edf'.")
@data_option
@click.pass_context
def command(ctx: click.Context, name: str, accept_licence: bool, subjects: str | None, only: tuple[str, ...]) -> None:
    """Download the data set NAME after showing its licence for acceptance.

    An interrupted download continues where it stopped, and existing files are not downloaded again. Every file is
    checked against its published size and digest.
    """
    from bench.data.acquisition.download import folder_of

    dataset = file_dataset(ctx, name)
    if not dataset.downloads:
        show_access(dataset)
        ctx.exit(1)
    folder = folder_of(dataset)
    if is_elsewhere(dataset, folder):
        return
    from bench.data.acquisition.selection import select

    names = [part.strip() for part in subjects.split(",") if part.strip()] if subjects is not None else []
    if subjects is not None and not names:
        raise UsageError("--subjects takes names or numbers joined by commas, as in 1,2,5.")
    selected = select(dataset.downloads, names, only)
    show_download(dataset, selected)
    accept_licence_of(dataset, folder, accepted=accept_licence)
    result = download(selected, folder)
    show_result(dataset, result, folder, data_argument(ctx))


def show_access(dataset: FileDataset) -> None:
    """How to get a data set that cannot be downloaded by a program."""
    from bench.data.acquisition.local_copy import find_copy, how_to_get

    copy = find_copy(dataset)
    click.echo(f"'{dataset.name}' ({dataset.card.title}) cannot be downloaded by a program; nothing was downloaded.")
    click.echo(f"  how to get it  {how_to_get(dataset)}\n  home           {dataset.card.home}")
    click.echo(f"  licence        {dataset.card.licence}\n  citation       {dataset.card.citation}")
    if copy.kind == "real":
        click.echo(f"It is already on this machine, in {copy.folder}.")
    elif dataset.has_stand_in:
        click.echo(f"To try it without data: 'bench data simulate {dataset.name}'.")


def is_elsewhere(dataset: FileDataset, folder: Path) -> bool:
    """Whether the real data are already on this machine, in another folder than that of the download."""
    from bench.data.acquisition.local_copy import find_copy

    copy = find_copy(dataset)
    if copy.kind != "real" or copy.folder is None or copy.folder.is_relative_to(folder):
        return False
    click.echo(f"'{dataset.name}' is already on this machine, in {copy.folder}; nothing was downloaded.")
    click.echo("To download it anyway, name another folder with --data.")
    return True


def show_download(dataset: FileDataset, selected: Sequence[Download]) -> None:
    """What to know before the download."""
    card = dataset.card
    total = sum(each.size for each in selected)
    part = "" if len(selected) == len(dataset.downloads) else f" of {len(dataset.downloads)}"
    click.echo(f"{card.title}\n  home      {card.home}\n  licence   {card.licence}\n  citation  {card.citation}")
    click.echo(f"  size      {card.size}")
    click.echo(f"  download  {plural(len(selected), 'file')}{part}" + (f", {format_size(total)}" if total else ""))


def accept_licence_of(dataset: FileDataset, folder: Path, *, accepted: bool) -> None:
    """Ask for confirmation, unless this licence was accepted before."""
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
        raise BenchError(
            "Nothing was downloaded, since the licence was not accepted; use --accept-licence to accept it."
        )
    receipt.accept(dataset.card)


def download(selected: Sequence[Download], folder: Path) -> DownloadResult:
    """One process at a time; another one waits, and then finds the files of the first."""
    from filelock import Timeout

    from bench.cli.data.progress_bars import DownloadBar
    from bench.data.acquisition.download import download_files, lock_of

    lock = lock_of(folder)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        click.echo(f"Another process is downloading into {folder}; waiting for it.", err=True)
        lock.acquire()
    try:
        with DownloadBar() as bar:
            return download_files(selected, folder, bar)
    finally:
        lock.release()


def show_result(dataset: FileDataset, result: DownloadResult, folder: Path, data: str) -> None:
    """What was downloaded, where it is, and what to do next."""
    from bench.data.acquisition.local_copy import find_copy

    verb = "was" if result.present == 1 else "were"
    present = f"; {plural(result.present, 'file')} {verb} already there" if result.present else ""
    click.echo(f"Downloaded {plural(len(result.new), 'file')}, {format_size(result.size)}, to {folder}{present}.")
    for archive in result.unpacked:
        click.echo(f"Unpacked {archive}, which can be deleted now.")
    copy = find_copy(dataset)
    if copy.folder is None:
        raise DataError(
            f"'{dataset.name}' is still not found: no {' or '.join(dataset.root_patterns)} in {folder} or its "
            "subfolders; the published files may have changed, or too few of them were selected."
        )
    click.echo(f"Next: 'bench data verify {dataset.name}{data}', 'bench run --dataset {dataset.name}{data}'.")
