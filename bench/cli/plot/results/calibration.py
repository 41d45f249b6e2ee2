"""`bench plot calibration`: reliability curves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from bench.cli.plot.results.parameters import result_options
from bench.errors import UsageError


@click.command("calibration")
@result_options("calibration")
def command(run: str, rows: tuple[str, ...], **arguments: Any) -> None:
    """Draw reliability curves: the accuracy of predictions over their confidence.

    Six rows fit in a picture: those that --rows names, or the best ones.

    RUN is `latest`, a run's name, the first digits of a cell's key, or a published file such as
    leaderboard/results/NAME.jsonl. A run with several comparisons makes one numbered file each, in the order of
    `bench show`.
    """
    from bench.cli.plot.results import drawing

    drawing.check(arguments)  # before matplotlib is imported
    from bench.cli.plot.results.pictures.calibration import MOST, picture
    from bench.cli.plot.results.selection import selected, stored

    found = [replace(each, rows=[row for row in each.rows if row.summary.reliability])
             for each in selected(stored(run, arguments), rows)]  # fmt: skip
    found = [each for each in found if each.rows]
    if not found:
        raise UsageError(f"No row of '{run}' has a reliability curve; rows of classification have one.")
    for each in found:
        if len(each.rows) > MOST:
            click.echo(
                f"{each.title}: the best {MOST} of {len(each.rows)} rows are drawn; --rows names others.", err=True
            )
    found = [replace(each, rows=each.rows[:MOST]) for each in found]
    drawing.save([(each.title, picture(each, wide=arguments["wide"])) for each in found], arguments["to"])
