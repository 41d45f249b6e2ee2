"""Options that all plots share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bench.cli.parameters import RESULTS, Names, data_option

FILE = click.Path(dir_okay=False, path_type=Path)


def shared_options(function: Any) -> Any:
    """The data to plot, the steps, and the output file."""
    options = (
        click.option("--dataset", default="synthetic", show_default=True, metavar="NAME",
                     shell_complete=Names("dataset").shell_complete, help="The data set."),
        click.option("--subject", metavar="NAME", help="The subject.  [default: the first]"),
        click.option("--session", metavar="NAME",
                     help="A session of the subject.  [default: the first with labels]"),
        click.option("--preprocess", metavar="CHAIN", default="", help="Steps joined by |, as in 'zscore'."),
        click.option("--start", type=float, metavar="SECONDS", help="Start of the zoom."),
        click.option("--seconds", type=float, metavar="SECONDS", help="Length of the zoom."),
        click.option("--target", metavar="NAME", help="The target whose labels are shown.  [default: the first]"),
        click.option("-o", "--option", "options", multiple=True, metavar="KEY=VALUE",
                     help="An option, as in window.length=5 or bandpass.low=0.5."),
        click.option("--to", type=FILE, metavar="FILE", help="The output file; an existing one is overwritten."),
        data_option,
        click.option("--cache", type=click.Path(file_okay=False, path_type=Path), envvar="BENCH_CACHE",
                     show_envvar=True, default=Path(RESULTS) / "cache", show_default=True,
                     help="Folder of prepared data."),
    )  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function
