"""The searches of many rows as one table per comparison."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

import click
from tabulate import tabulate

from bench.cli.output.fitting import terminal_width, wrapped
from bench.cli.output.tables import between_words, filled
from bench.cli.search.searches import search_of
from bench.leaderboard.columns import NOTHING
from bench.leaderboard.searches import searched as summarised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.cli.search.searches import Searched

MOST = "matters most"
ABOUT = (
    "Means over folds and seeds. Inner: the score of the best trial on inner parts of the training windows. Outer: the "
    "same metric on the test windows. Optimism: inner minus outer. Matters most: the option on which scores of trials "
    "depend most."
)


def show(found: Sequence[Searched]) -> None:
    tables: dict[tuple[str, str], list[dict[str, str]]] = {}
    for each in found:
        tables.setdefault((each.comparison, search_of(each.tasks[0]).selection), []).append(columns(each))
    for (comparison, selection), rows in tables.items():
        width = terminal_width()
        shown = wrapped(rows, width, [MOST, "row"]) if width else rows
        click.secho(between_words(comparison), bold=True)
        click.echo(between_words(f"trials maximise {selection}"))
        click.echo(tabulate(shown, "keys", tablefmt="simple", disable_numparse=True) + "\n")
    click.echo(filled(ABOUT))


def columns(found: Searched) -> dict[str, str]:
    """Title -> text."""
    facts = summarised(found.tasks)
    optimism, importances = facts["optimism"], facts["importances"]
    inner, outer = (
        [value for task in found.tasks if (value := getattr(search_of(task), name)) is not None]
        for name in ("score", "outer")
    )
    most = max(importances, key=importances.__getitem__, default="")
    return {
        "row": found.cell.label,
        "trials": str(facts["trials"]),
        "inner": found.shown(fmean(inner) if inner else None),
        "outer": found.shown(fmean(outer) if outer else None),
        "optimism": NOTHING if optimism is None else found.difference(optimism.mean),
        MOST: f"{most} {100 * importances[most]:.0f} %" if most else NOTHING,
        "key": found.key[:8],
    }
