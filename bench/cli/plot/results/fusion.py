"""`bench plot fusion`: the gain of each fusion over the best single modality."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from bench.cli.plot.results.parameters import result_options
from bench.errors import UsageError


@click.command("fusion")
@result_options("fusion")
def command(run: str, rows: tuple[str, ...], **arguments: Any) -> None:
    """Draw the gain of each fusion over the best single modality with its 95 % interval, model by model.

    --against names a single modality instead of the best one.

    RUN is `latest`, a run's name, the first digits of a cell's key, or a published file such as
    leaderboard/results/NAME.jsonl. A run with several comparisons makes one numbered file each, in the order of
    `bench show`.
    """
    from bench.cli.plot.results import drawing

    drawing.check(arguments)  # before matplotlib is imported
    from bench.cli.plot.results.pictures.fusion import gained, picture
    from bench.cli.plot.results.selection import selected, stored

    found = [replace(each, rows=[row for row in each.rows if gained(row)])
             for each in selected(stored(run, arguments), rows)]  # fmt: skip
    found = [each for each in found if each.rows]
    if not found:
        raise UsageError(
            f"No row of '{run}' has a gain over a single modality; run fusions beside single modalities, as in "
            "'bench run --fusion none,early,late'."
        )
    drawing.save([(each.title, picture(each, wide=arguments["wide"])) for each in found], arguments["to"])
