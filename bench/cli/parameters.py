"""Options that several commands share, and completion of plugin names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from bench.cli import registry
from bench.specs import split

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = "bench-results"


class Names(click.ParamType[tuple[str, ...]]):
    """Names of plugins, joined by commas; the shell completes the last one."""

    name = "names"

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        return value if isinstance(value, tuple) else tuple(split(value, ","))

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        before, comma, start = incomplete.rpartition(",")
        known = registry(ctx)
        names = {name for kind in self.kinds or known.entries for name in known.names(kind)}
        return [CompletionItem(f"{before}{comma}{name}") for name in sorted(names) if name.startswith(start)]


def out_option(function: Any) -> Any:
    return click.option(
        "--out", type=click.Path(file_okay=False, path_type=Path), default=Path(RESULTS), show_default=True,
        help="Folder of results.",
    )(function)  # fmt: skip


#: of commands whose results folder holds the cache
cache_option = click.option(
    "--cache", type=click.Path(file_okay=False, path_type=Path), envvar="BENCH_CACHE", show_envvar=True,
    help="Folder of prepared data.  [default: cache/ in --out]",
)  # fmt: skip


def data_option(function: Any) -> Any:
    """Set the data folder for this command, through the variable that readers use."""
    return click.option(
        "--data", type=click.Path(file_okay=False, path_type=Path), envvar="BENCH_DATA", show_envvar=True,
        expose_value=False, callback=set_data_root, help="Folder of data sets.  [default: the user data folder]",
    )(function)  # fmt: skip


def set_data_root(ctx: click.Context, parameter: click.Parameter, value: Path | None) -> None:
    if value is None or ctx.get_parameter_source(parameter.name or "") is not ParameterSource.COMMANDLINE:
        return
    before = os.environ.get("BENCH_DATA")
    os.environ["BENCH_DATA"] = str(value.expanduser().absolute())

    def restore() -> None:
        os.environ.pop("BENCH_DATA", None)
        if before is not None:
            os.environ["BENCH_DATA"] = before

    ctx.call_on_close(restore)


def complete_dataset(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Completion of the name of a data set."""
    return Names("dataset").shell_complete(ctx, param, incomplete)


METRICS = ("auroc", "tuned_balanced_accuracy", "balanced_accuracy", "accuracy", "macro_f1", "weighted_f1", "f1",
           "average_precision", "brier", "rmse", "mae", "r", "ccc", "r2")  # that rows can be compared by  # fmt: skip


PUBLISHED_METRICS = ("auroc", "tuned_balanced_accuracy", "accuracy", "balanced_accuracy", "macro_f1", "rmse", "r",
                     "ccc", "r2")  # by subject  # fmt: skip


def metric_option(metrics: tuple[str, ...]) -> Callable[[Any], Any]:
    """An option that names one of these metrics."""
    return click.option("--metric", type=click.Choice(metrics), metavar="NAME",
                        help="Compare rows by this metric.  [default: auroc, rmse]")  # fmt: skip


def against_option(command: Any) -> Any:
    return click.option("--against", metavar="MODALITY",
                        help="Show gains over this modality.  [default: the best single one]")(command)  # fmt: skip


def comparison_options(command: Any) -> Any:
    """Options that say what rows are compared by."""
    return metric_option(METRICS)(against_option(command))


def complete_plugin(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Completion of the name of a plugin."""
    return Names().shell_complete(ctx, param, incomplete)
