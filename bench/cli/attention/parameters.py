"""Options of `bench show` for attention."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli.parameters import cache_option, data_option
from bench.cli.plot import saving
from bench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = click.Path(dir_okay=False, path_type=Path)
OTHERS = ("window", "to", "export")  # that mean nothing without --attention


def attention_options(function: Any) -> Any:
    """The subject, the window and the output files."""
    options = (
        click.option("--attention", "subject", metavar="SUBJECT",
                     help="Plot the attention in test windows of a subject."),
        click.option("--window", type=int, metavar="N",
                     help="The number of the window, from 0.  [default: the middle one]"),
        click.option("--to", type=FILE, metavar="FILE.png", help="The output file of --attention."),
        click.option("--export", type=FILE, metavar="FILE.npz",
                     help="Write attention, signals and predictions of --window, or of all windows, for NumPy."),
        data_option,
        cache_option,
    )  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


def check(arguments: Mapping[str, Any], *, as_json: bool) -> None:
    """Raise if options contradict each other, before anything is read."""
    if arguments["subject"] is None:
        for name in OTHERS:
            if arguments[name] is not None:
                raise UsageError(f"--{name} goes with --attention SUBJECT, which names the subject.")
    elif as_json:
        raise UsageError("--json prints scores; leave it out, or write the attention to a file with --export.")
    drawn = arguments["subject"] is not None and (arguments["to"] is not None or arguments["export"] is None)
    saving.check(arguments["to"], drawn=drawn)
    if arguments["export"] is not None and arguments["export"].suffix.lower() != ".npz":
        raise UsageError(f"--export takes a file name such as attention.npz, not '{arguments['export']}'.")
