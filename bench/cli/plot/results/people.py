"""`bench plot people`: one dot per subject and row."""

from __future__ import annotations

from typing import Any

import click

from bench.cli.plot.results.parameters import result_options


@click.command("people")
@result_options("people")
def command(run: str, rows: tuple[str, ...], **arguments: Any) -> None:
    """Draw one dot per subject and row, and the mean of each row.

    With six rows or fewer, lines join the dots of a subject. Baselines are drawn if --rows names them.

    RUN is `latest`, a run's name, the first digits of a cell's key, or a published file such as
    leaderboard/results/NAME.jsonl. A run with several comparisons makes one numbered file each, in the order of
    `bench show`.
    """
    from bench.cli.plot.results import drawing

    drawing.check(arguments)  # before matplotlib is imported
    from bench.cli.plot.results.pictures.people import picture
    from bench.cli.plot.results.selection import selected, stored

    found = selected(stored(run, arguments), rows)
    drawing.save([(each.title, picture(each, wide=arguments["wide"])) for each in found], arguments["to"])
