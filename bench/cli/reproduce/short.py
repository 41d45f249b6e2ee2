"""A summary of all tables: one line per table and protocol."""

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
    """Count printed numbers inside, above and below our intervals, and contrasts with the same sign."""
    lines = [line for table, rows in shown for line in of_table(table, rows)]
    if lines:
        click.secho(f"\nSummary{of_what(shown)}", bold=True)
        click.echo(
            f"{tabulated(lines, style)}\n\n"
            "Inside: printed numbers within our 95 % interval. Above, below: our mean is above or below the printed\n"
            "number; a number with two readings counts twice. Same sign: differences between rows with the sign that\n"
            f"the paper reports. Significant here: those with p < {SIGNIFICANT} after Holm's adjustment."
        )


def of_what(shown: Sequence[tuple[Table, list[Reproduced]]]) -> str:
    """The kind of data and the profile."""
    ours = [each.summary for _, rows in shown for each in rows if each.summary]
    data = "simulated subjects" if any(summary.simulated for summary in ours) else "recorded subjects"
    profiles = dict.fromkeys(summary.cell.profile for summary in ours)
    return f" ({data}, profile {', '.join(profiles)})"


def of_table(table: Table, rows: list[Reproduced]) -> Iterator[dict[str, str]]:
    ours = [each for each in rows if each.summary]
    found = contrasts(table.suite, rows)
    for name in dict.fromkeys(each.protocol for each in ours):
        under = [each for each in ours if each.protocol == name]
        beside = [one for each in under for one in each.differences().values()]
        judged = any(one.inside is not None for one in beside)  # two folds have no interval
        inside = sum(one.inside is True for one in beside)
        above = sum(not one.inside and (one.value or 0) > 0 for one in beside)
        verdicts = [each.summary.audit.verdict for each in under if each.summary]
        yield {
            "Table": table.name, "Protocol": protocol(under[0]), "Audit": max(verdicts, key=SEVERITY.index),
            "Printed": str(len(beside)), "Inside": str(inside) if judged else NOTHING, "Above": str(above),
            "Below": str(len(beside) - inside - above),
            **of_contrasts([each for each in found if each.first.protocol == name]),
        }  # fmt: skip


def of_contrasts(found: Sequence[Contrast]) -> dict[str, str]:
    printed = [(each.printed, each.ours.mean) for each in found if each.printed is not None]
    same = f"{sum(theirs * ours > 0 for theirs, ours in printed)} of {len(printed)}"
    sure = [each for each in found if each.sure]
    significant = f"{sum(each.adjusted < SIGNIFICANT for each in sure)} of {len(sure)}"
    return {"Same sign": same if printed else NOTHING, "Significant here": significant if sure else NOTHING}
