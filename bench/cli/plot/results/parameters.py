"""Options that all pictures of results share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli.parameters import Names, comparison_options, out_option

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = click.Path(dir_okay=False, path_type=Path)


def result_options(name: str, *, rows: bool = True) -> Callable[[Any], Any]:
    """The results to draw, and the output file, which is called as the command where none is named."""
    options = [
        click.argument("run", default="latest"),
        click.option("--to", type=FILE, default=Path(f"{name}.pdf"), show_default=True, metavar="FILE",
                     help="The output file (.pdf, .svg or .png); an existing one is overwritten."),
        click.option("--wide", is_flag=True, help="As wide as two columns (7 inches) instead of one (3.4 inches)."),
        out_option,
        comparison_options,
    ]  # fmt: skip
    if rows:
        options.append(
            click.option("--rows", type=Names(), default=(), metavar="NAMES",
                         help="Draw these rows only: names of models or fusions, or first digits of keys.")
        )  # fmt: skip

    def add(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return add
