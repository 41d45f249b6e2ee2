"""`bench weights list`: pre-trained weights in the cache."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bench.cli.weights.chosen import cache_options, nothing_in, typed
from bench.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from bench.cli.weights.file import Pretrained

HEADERS = ("key", "modalities", "corpora", "hours", "epochs", "loss kept back", "best guess", "lower", "size", "made")


@click.command("list")
@cache_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(out: Path, cache: Path | None, as_json: bool) -> None:
    """List the pre-trained weights in the cache, the oldest first.

    The error is the mean squared error of masked values in validation recordings. It should be lower than that of the
    best imputation baseline.
    """
    from bench.cli.weights.file import read
    from bench.pretraining import weight_files

    folder, following = cache or out / "cache", typed(out, cache)
    found, damaged = [], []
    for path in weight_files.files(folder):
        try:
            found.append(read(path))
        except UsageError as error:
            damaged.append(f"{error}")
    if as_json:
        click.echo(json.dumps({"cache": str(folder), "weights": [as_row(each) for each in found]}, indent=1))
    elif found:
        show(found)
        click.echo(f"\n'bench weights show KEY{following}' tells all about one.")
    elif not damaged:
        click.echo(nothing_in(folder))
    for line in damaged:
        click.echo(line, err=True)


def show(found: list[Pretrained]) -> None:
    from tabulate import tabulate

    from bench.data.acquisition.sizes import format_size

    rows = [
        [each.key, "+".join(each.modalities), each.sources, f"{hours(each):.3g}", each.epochs, *losses(each),
         lower(each), format_size(each.bytes), f"{each.made:%Y-%m-%d}"]
        for each in found
    ]  # fmt: skip
    click.echo(tabulate(rows, HEADERS, tablefmt="simple", disable_numparse=True))


def hours(found: Pretrained) -> float:
    return sum(corpus.hours for corpus in found.used)


def losses(found: Pretrained) -> tuple[str, str]:
    """Errors of the network and of the best baseline, per modality; green where the network is better."""
    ours, baselines = [], []
    for modality, of in found.errors.items():
        name = f"{modality} " if len(found.errors) > 1 else ""
        guess, loss = next(iter(found.baselines(modality).items()))
        ours.append(click.style(f"{name}{of['network']:.4g}", fg="green" if found.better(modality) else "red"))
        baselines.append(f"{name}{loss:.4g} ({guess})")
    return ", ".join(ours) or "–", ", ".join(baselines) or "–"


def lower(found: Pretrained) -> str:
    """Whether the network beats every baseline, per modality."""
    return ", ".join("yes" if found.better(modality) else "no" for modality in found.errors) or "–"


def as_row(found: Pretrained) -> dict[str, object]:
    return {
        "key": found.key, "file": str(found.path), "modalities": found.modalities,
        "corpora": [asdict(corpus) for corpus in found.used], "hours": hours(found),
        "windows": found.training_windows, "validation_windows": found.validation_windows, "epochs": found.epochs,
        "losses": found.errors, "better": {name: found.better(name) for name in found.errors},
        "bytes": found.bytes, "made": found.made.isoformat(timespec="seconds"),
    }  # fmt: skip
