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


def built(entry: Entry) -> Dataset:
    """With its default options."""
    from bench import options

    dataset: Dataset = options.build(entry.load(), {}, f"dataset '{entry.name}'")
    return dataset


def any_of(ctx: click.Context, name: str) -> Dataset:
    return built(registry(ctx).get("dataset", name))


def in_files(ctx: click.Context, name: str) -> FileDataset:
    """A data set that has a folder; others have nothing to be fetched or checked."""
    from bench.readers import FileDataset

    dataset = any_of(ctx, name)
    if not isinstance(dataset, FileDataset):
        raise UsageError(
            f"The data set '{name}' does not lie in files, so that there is nothing to get ({dataset.card.home}); "
            f"'bench run --dataset {name}' uses it as it is."
        )
    return dataset


def typed_root(ctx: click.Context) -> str:
    """What has to be typed again so that the next command looks in the same place."""
    from bench.readers import data_folders

    typed = ctx.get_parameter_source("data") is ParameterSource.COMMANDLINE
    return f" --data {data_folders.data_root()}" if typed else ""


def all_in_files(ctx: click.Context) -> Iterator[FileDataset | PluginError]:
    """Every data set in files, or why it cannot be used."""
    from bench.readers import FileDataset

    known = registry(ctx)
    for name in known.names("dataset"):
        try:
            dataset = built(known.get("dataset", name))
        except PluginError as error:
            yield error
            continue
        if isinstance(dataset, FileDataset):
            yield dataset
