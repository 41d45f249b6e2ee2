"""`bench weights add`: put a file of weights into the cache."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.weights.chosen import cache_options, typed
from bench.errors import DataError, StorageError, UsageError


@click.command("add")
@click.argument("file", metavar="FILE.safetensors", type=click.Path(dir_okay=False, path_type=Path))
@cache_options
@click.option("--force", is_flag=True, help="Overwrite other weights with the same key.")
def command(file: Path, out: Path, cache: Path | None, force: bool) -> None:
    """Put a file of weights into the cache, so that a run with the same pre-training uses it.

    Whether the file was trained as its key states is not checked, so add only files from people whom you trust.
    """
    from bench.cli.weights.copying import copy
    from bench.cli.weights.file import read
    from bench.pretraining import weight_files

    found = read(file)
    try:
        weight_files.check_tensors(file, found.modalities)
    except DataError as error:
        raise UsageError(str(error)) from error
    folder = cache or out / "cache"
    target = folder / weight_files.FOLDER / f"{found.key}{weight_files.SUFFIX}"
    use = (
        "A run with the same pre-training uses them, and 'bench weights show "
        f"{found.key[:8]}{typed(out, cache)}' says what that is; any other run begins with them by "
        f"'bench run --model transformer --pretrain {target}'."
    )
    if target.exists() and weight_files.sha256_of(target) == weight_files.sha256_of(file):
        click.echo(f"{folder} has the weights {found.key} already. {use}")
        return
    if target.exists() and not force:
        raise UsageError(f"{folder} has other weights under the key {found.key}; write over them with --force.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"Cannot write the cache in {folder} ({error.strerror or error}).") from error
    copy(file, target)
    click.echo(f"Added the weights {found.key} to {folder}. {use}")
