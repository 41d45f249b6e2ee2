"""`bench search plot`: scores of trials over time, and over the values of each option."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bench.cli.parameters import out_option


@click.command("plot")
@click.argument("run", default="latest")
@out_option
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), default=Path("search.pdf"), show_default=True,
              metavar="FILE", help="The output file (.pdf, .svg or .png); an existing one is overwritten.")  # fmt: skip
def command(run: str, out: Path, **arguments: Any) -> None:
    """Draw the searches of RUN: the best score so far in each fold, and the scores over each option.

    A run with several searched rows makes one numbered file each.
    """
    from bench.cli.plot.results import drawing

    drawing.check(arguments)  # before matplotlib is imported
    from bench.cli.search.picture import picture
    from bench.cli.search.searches import searched
    from bench.results.store import Store

    found = searched(Store(out), run)
    drawing.save([(each.title, picture(each)) for each in found], arguments["to"])
