"""`bench weights export`: copy weights from the cache to a file."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.weights.chosen import cache_options, chosen
from bench.errors import UsageError


@click.command("export")
@click.argument("key")
@click.argument("file", metavar="FILE.safetensors", type=click.Path(dir_okay=False, path_type=Path))
@cache_options
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def command(key: str, file: Path, out: Path, cache: Path | None, force: bool) -> None:
    """Copy the weights of KEY (or its first digits) to a file that can be shared.

    The file holds tensors and a record of the pre-training, but no recorded data.
    """
    from bench.cli.weights.copying import copy
    from bench.cli.weights.file import read
    from bench.pretraining.weight_files import SUFFIX

    if file.suffix != SUFFIX:
        raise UsageError(f"The name of a file of weights must end in {SUFFIX}; '{file}' does not.")
    if not file.parent.is_dir():
        raise UsageError(f"There is no folder {file.parent} to write {file.name} into.")
    found = read(chosen(cache or out / "cache", key))
    if file.exists() and not force:
        raise UsageError(f"{file} is there already; name another file, or write over it with --force.")
    copy(found.path, file)
    click.echo(
        f"Wrote {file}, the weights {found.key}. To start from them: 'bench run --model transformer --pretrain {file}'."
    )
