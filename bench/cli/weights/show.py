"""`bench weights show`: model, corpora and validation errors of pre-trained weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.plot import saving
from bench.cli.weights.chosen import cache_options, chosen, typed

if TYPE_CHECKING:
    from bench.cli.weights.file import Pretrained


@click.command("show")
@click.argument("name", metavar="KEY|FILE")
@cache_options
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.png",
              help="Plot the loss of each epoch with the imputation baselines.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the whole record as JSON.")
def command(name: str, out: Path, cache: Path | None, to: Path | None, as_json: bool) -> None:
    """Show weights: the first digits of a key in the cache, or a file whose name ends in .safetensors.

    Of a file only what it says of itself is read, and nothing in it is executed.
    """
    from bench.cli.weights.file import read

    saving.check(to, drawn=to is not None)
    found = read(chosen(cache or out / "cache", name))
    if as_json:
        click.echo(json.dumps(document(found), indent=1))
    else:
        present(found, typed(out, cache))
    if to is not None:
        from bench.cli.weights.curve import picture

        saving.save(picture(found), to)


def document(found: Pretrained) -> dict[str, object]:
    better = {modality: found.better(modality) for modality in found.errors}
    return {"file": str(found.path), "bytes": found.bytes, "better": better, **found.record}


def present(found: Pretrained, following: str) -> None:
    """Print the weights, and what can be done with them."""
    from bench.cli.weights import words

    click.secho(words.title(found), bold=True)
    for label, text in words.facts(found):
        click.echo(f"  {label:<9} {text}")
    click.echo(f"\nMean squared error of masked values per epoch\n{table(found)}\n")
    for line in words.verdicts(found):
        click.echo(line)
    click.echo(f"\nTo start a run from them: 'bench run --model transformer --pretrain {found.path}'.")
    if names := words.known(found):
        click.echo(f"They were pre-trained on {names}, so a run on {names} with this file is leaky.")
    if found.path.stem == found.key:
        click.echo(f"To share them: 'bench weights export {found.key[:8]} FILE.safetensors{following}'.")


def table(found: Pretrained) -> str:
    """An even selection of epochs, where there are many."""
    from tabulate import tabulate

    from bench.cli.weights.words import shown_epochs

    rows = []
    for epoch in shown_epochs(found.epochs):
        errors = f"{found.validation_losses[epoch]:.4g}" if epoch < len(found.validation_losses) else "–"
        rows.append([epoch + 1, f"{found.losses[epoch]:.4g}", errors])
    return tabulate(rows, ["epoch", "training", "validation"], tablefmt="simple", disable_numparse=True)
