"""Comparisons as tables on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from tabulate import tabulate

from bench.leaderboard.columns import columns, excluded, findings, size
from bench.leaderboard.comparison import FEWEST_FOLDS, apart
from bench.scoring.scoring import scoring

if TYPE_CHECKING:
    from bench.api import TargetType
    from bench.leaderboard.comparison import Comparison

LEFT_OUT = ("Parameters", "Training", "Data", "Profile", "Seeds", "Verdict")
OF_CLASSES = (
    "Per cent: mean over folds ± half of the 95 % interval. Chance: the same three for predictions as often of each\n"
    "class that do not look at the windows. Gain: accuracy over the best single modality, person by person [95 %].\n"
    "Beats baselines: accuracy and macro-F1 above every baseline, by people and by folds (95 %)."
)
OF_NUMBERS = (
    "RMSE in the unit of the target, r, CCC and R2: mean over folds ± half of the 95 % interval. Gain: how much lower\n"
    "the RMSE is than that of the best single modality, person by person [95 %].\n"
    "Beats baselines: RMSE below that of every baseline, by people and by folds (95 %)."
)
LEGENDS: dict[TargetType, str] = {"classes": OF_CLASSES, "numbers": OF_NUMBERS}
COLOURS = {"clean": "green", "transductive": "yellow", "leaky": "red"}


def show(found: list[Comparison], *, people: bool = False) -> None:
    """One table per comparison; for a single cell also every person."""
    for comparison in [comparison for those in apart(found).values() for comparison in those]:
        first = comparison.first
        click.echo()
        click.secho(comparison.title, bold=True)
        seeds = ", ".join(map(str, first["seeds"]))
        click.echo(f"{size(first)}, seeds {seeds}, profile {first['cell']['profile']}")
        click.echo(f"preprocessing: {comparison.preprocessing or 'none'}")
        if first.get("remark"):
            click.secho(first["remark"], fg="yellow")
        if first.get("label rule"):
            click.echo(f"labels: {first['label rule']}")
        if told := excluded(first):
            click.echo(f"left out: {told}")
        show_audit(comparison.audit)
        alike = len({row.summary["audit"]["verdict"] for row in comparison.rows}) == 1
        hidden = LEFT_OUT if alike else LEFT_OUT[:-1]
        rows = [{name: text for name, text in columns(row).items() if name not in hidden} for row in comparison.rows]
        click.echo(
            tabulate([list(row.values()) for row in rows], list(rows[0]), tablefmt="simple", disable_numparse=True)
        )
        if people:
            show_people(first)
    for kind, those in apart(found).items():
        if those:
            click.echo(f"\n{LEGENDS[kind]}")


def show_audit(audit: dict[str, Any], of: str = "") -> None:
    """The verdict, and the findings that led to it."""
    verdict = audit["verdict"]
    click.echo(f"audit{of}: " + click.style(verdict, fg=COLOURS[verdict], bold=True))
    for text in findings(audit):
        click.echo(f"  {text}")


def show_people(summary: dict[str, Any]) -> None:
    names = scoring(summary["classes"]).headline
    rows = [[person, *(scores[name] for name in names)] for person, scores in summary["subjects"].items()]
    click.echo("\n" + tabulate(rows, ["person", *names], tablefmt="simple", floatfmt=".3f", missingval="–"))
    bounds = ("low", "high") if summary["folds"] >= FEWEST_FOLDS else ()
    rows = [[name, interval["mean"], *(interval[bound] if bound in bounds else None for bound in ("low", "high")),
             summary["pooled"][name]] for name, interval in summary["metrics"].items()]  # fmt: skip
    headers = ["metric", "mean over folds", "low", "high", "pooled"]
    click.echo("\n" + tabulate(rows, headers, tablefmt="simple", floatfmt=".4f", missingval="–"))
    if summary["classes"]:
        click.echo("\nconfusion (rows: truth) " + ", ".join(summary["classes"]) + f": {summary['confusion']}")
