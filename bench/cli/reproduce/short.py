"""All tables of papers in a few lines, which come last on the terminal: one per table and protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bench.cli.reproduce.lines import protocol, tabulated
from bench.leaderboard.columns import NOTHING
from bench.leaderboard.comparison import SEVERITY
from bench.leaderboard.contrast import contrasts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.cli.reproduce.names import Table
    from bench.leaderboard.contrast import Contrast
    from bench.leaderboard.reproduction import Reproduced

SIGNIFICANT = 0.05


def show_short(shown: Sequence[tuple[Table, list[Reproduced]]], style: str) -> None:
    """Printed numbers counted by where they lie beside ours, and comparisons by whether ours go the same way."""
    lines = [line for table, rows in shown for line in of_table(table, rows)]
    if lines:
        click.secho("\nIn short", bold=True)
        click.echo(
            f"{tabulated(lines, style)}\n\n"
            "Inside: printed numbers that lie in the 95 % interval of ours. Above, below: our mean is higher, or\n"
            "lower, than the printed number. Same sign: of the differences that the paper reports. Significant\n"
            f"here: of all that are compared, p by Holm < {SIGNIFICANT}."
        )


def of_table(table: Table, rows: list[Reproduced]) -> Iterator[dict[str, str]]:
    ours = [each for each in rows if each.summary]
    found = contrasts(table.suite, rows)
    for name in dict.fromkeys(each.protocol for each in ours):
        under = [each for each in ours if each.protocol == name]
        beside = [one for each in under for one in each.differences().values()]
        inside = sum(one.inside is True for one in beside)
        above = sum(not one.inside and (one.value or 0) > 0 for one in beside)
        verdicts = [each.summary["audit"]["verdict"] for each in under if each.summary]
        yield {
            "Table": table.name, "Protocol": protocol(under[0]), "Audit": max(verdicts, key=SEVERITY.index),
            "Printed": str(len(beside)), "Inside": str(inside), "Above": str(above),
            "Below": str(len(beside) - inside - above),
            **of_contrasts([each for each in found if each.first.protocol == name]),
        }  # fmt: skip


def of_contrasts(found: Sequence[Contrast]) -> dict[str, str]:
    printed = [(each.printed, each.corrected.interval.mean) for each in found if each.printed is not None]
    same = f"{sum(theirs * ours > 0 for theirs, ours in printed)} of {len(printed)}"
    significant = f"{sum(each.adjusted < SIGNIFICANT for each in found)} of {len(found)}"
    return {"Same sign": same if printed else NOTHING, "Significant here": significant if found else NOTHING}
