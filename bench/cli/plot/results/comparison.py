"""`bench plot comparison`: the value of each row with its interval."""

from __future__ import annotations

from typing import Any

import click

from bench.cli.plot.results.parameters import result_options


@click.command("comparison")
@result_options("comparison")
def command(run: str, rows: tuple[str, ...], **arguments: Any) -> None:
    """Draw the value of each row with its 95 % interval, beside the best baseline and chance.

    RUN is `latest`, a run's name, the first digits of a cell's key, or a published file such as
    leaderboard/results/NAME.jsonl. A run with several comparisons makes one numbered file each, in the order of
    `bench show`.
    """
    from bench.cli.plot.results import drawing

    drawing.check(arguments)  # before matplotlib is imported
    from bench.cli.plot.results.pictures.comparison import picture
    from bench.cli.plot.results.selection import selected, stored

    found = selected(stored(run, arguments), rows, baselines=True)
    drawing.save([(each.title, picture(each, wide=arguments["wide"])) for each in found], arguments["to"])
