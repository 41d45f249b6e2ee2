"""`bench plot ranks`: critical difference diagrams of fusions over data sets."""

from __future__ import annotations

from typing import Any

import click

from bench.cli.plot.results.parameters import result_options
from bench.errors import UsageError


@click.command("ranks")
@result_options("ranks", rows=False)
def command(run: str, **arguments: Any) -> None:
    """Draw the critical difference diagram of a model's fusions over three data sets or more.

    RUN is `latest`, a run's name, or a folder of published files such as leaderboard/results. Each model that was run
    with three fusions or more has a picture, numbered where there are several.
    """
    from bench.cli.plot.results import drawing

    drawing.check(arguments)  # before matplotlib is imported
    from bench.cli.plot.results.pictures.ranks import picture
    from bench.cli.plot.results.selection import stored
    from bench.leaderboard.over_data_sets import ranked
    from bench.scoring.ranks import FEWEST

    found = ranked(stored(run, arguments))
    if not found:
        raise UsageError(
            f"Ranks need one model with {FEWEST} fusions or more on {FEWEST} data sets or more, and '{run}' has "
            "no such model; run it as in 'bench run --dataset A,B,C --fusion early,feature,late'."
        )
    drawing.save([(each.title, picture(each, wide=arguments["wide"])) for each in found], arguments["to"])
