"""The data set that a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.core import ParameterSource

from bench.cli import registry
from bench.errors import PluginError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

    from bench.api import Dataset
    from bench.readers import FileDataset
    from bench.registry import Entry


def build(entry: Entry) -> Dataset:
    """With its default options."""
    from bench import options

    dataset: Dataset = options.build(entry.load(), {}, f"dataset '{entry.name}'")
    return dataset


def any_dataset(ctx: click.Context, name: str) -> Dataset:
    return build(registry(ctx).get("dataset", name))


def file_dataset(ctx: click.Context, name: str) -> FileDataset:
    """A data set in files; other data sets have nothing to download or check."""
    from bench.readers import FileDataset

    dataset = any_dataset(ctx, name)
    if not isinstance(dataset, FileDataset):
        raise UsageError(
            f"The data set '{name}' has no files, so there is nothing to get ({dataset.card.home}); use it with "
            f"'bench run --dataset {name}'."
        )
    return dataset


def data_argument(ctx: click.Context) -> str:
    """`--data` as it has to be repeated so that the next command finds the same data root."""
    from bench.readers import data_folders

    typed = ctx.get_parameter_source("data") is ParameterSource.COMMANDLINE
    return f" --data {data_folders.data_root()}" if typed else ""


def file_datasets(ctx: click.Context) -> Iterator[FileDataset | PluginError]:
    """Every data set in files, or why it cannot be used."""
    from bench.readers import FileDataset

    known = registry(ctx)
    for name in known.names("dataset"):
        try:
            dataset = build(known.get("dataset", name))
        except PluginError as error:
            yield error
            continue
        if isinstance(dataset, FileDataset):
            yield dataset
