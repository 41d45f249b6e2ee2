"""Comparisons as tables on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from tabulate import tabulate

from bench.data.segmentation import Windowing
from bench.leaderboard.columns import NOTHING, columns, excluded, findings, size
from bench.leaderboard.comparison import FEWEST_FOLDS, by_kind
from bench.leaderboard.facts import isolation_of
from bench.scoring.scoring import scoring

if TYPE_CHECKING:
    from bench.api import TargetType
    from bench.leaderboard.comparison import Comparison
    from bench.leaderboard.summary import Summary
    from bench.results.cell_record import AuditRecord

HIDDEN = ("Parameters", "Training", "Data", "Profile")  # columns that the pages have in addition
CLASSIFICATION = (
    "Per cent: mean over folds ± half of the 95 % interval. Chance: the same metrics for predictions with the same\n"
    "class frequencies, made without seeing the signals. Gain: accuracy minus that of the best single modality, over\n"
    "subjects [95 %]. Beats baselines: accuracy and macro-F1 above those of every baseline, over subjects and over\n"
    "folds (95 %)."
)
REGRESSION = (
    "RMSE in the unit of the target, r, CCC and R2: mean over folds ± half of the 95 % interval. Gain: RMSE of the\n"
    "best single modality minus that of the row, over subjects [95 %]. Beats baselines: RMSE below that of every\n"
    "baseline, over subjects and over folds (95 %)."
)
LEGENDS: dict[TargetType, str] = {"classes": CLASSIFICATION, "numbers": REGRESSION}
SEEDS = "Seeds: scores are means over seeds; SD is the standard deviation of the {metric} over seeds."
COLOURS = {"clean": "green", "transductive": "yellow", "leaky": "red"}


def show(found: list[Comparison], *, keys: bool = False, subjects: bool = False) -> None:
    """One table per comparison, with `keys` a column of them, and with `subjects` the scores of every subject of its
    first row.
    """
    kinds = by_kind(found)
    for comparison in [comparison for comparisons in kinds.values() for comparison in comparisons]:
        show_comparison(comparison, keys=keys)
        if subjects:
            show_subjects(comparison.first)
    several = any(len(row.summary.seeds) > 1 for comparison in found for row in comparison.rows)
    for kind, comparisons in kinds.items():
        if comparisons:
            click.echo(f"\n{LEGENDS[kind]}")
            if several:
                click.echo(SEEDS.format(metric="accuracy" if kind == "classes" else "RMSE"))


def show_comparison(comparison: Comparison, *, keys: bool) -> None:
    first = comparison.first
    click.echo()
    click.secho(comparison.title, bold=True)
    seeds = ", ".join(map(str, first.seeds))
    click.echo(f"{size(first)}, seeds {seeds}, profile {first.cell.profile}")
    click.echo(f"{Windowing(**first.cell.window).about}; preprocessing: {comparison.preprocessing or 'none'}")
    if first.remark:
        click.secho(first.remark, fg="yellow")
    if first.label_rule:
        click.echo(f"labels: {first.label_rule}")
    if texts := excluded(first):
        click.echo(f"excluded: {texts}")
    if (isolation := isolation_of(comparison)) not in ("", "sandbox"):
        click.secho(f"isolation: {isolation}, weaker than sandbox", fg="yellow")
    show_audit(comparison.audit)
    hidden = list(HIDDEN)
    if len({row.summary.audit.verdict for row in comparison.rows}) == 1:
        hidden.append("Verdict")
    if all(len(row.summary.seeds) == 1 for row in comparison.rows):
        hidden.append("Seeds")
    rows = [{name: text for name, text in columns(row).items() if name not in hidden} for row in comparison.rows]
    if keys:
        rows = [{**texts, "Key": row.summary.key[:8]} for texts, row in zip(rows, comparison.rows, strict=True)]
    click.echo(tabulate([list(row.values()) for row in rows], list(rows[0]), tablefmt="simple", disable_numparse=True))


def show_audit(audit: AuditRecord, of: str = "") -> None:
    """The verdict, and the findings that led to it."""
    click.echo(f"audit{of}: " + click.style(audit.verdict, fg=COLOURS[audit.verdict], bold=True))
    for text in findings(audit):
        click.echo(f"  {text}")


def show_subjects(summary: Summary) -> None:
    """The scores of every subject, and every metric over folds."""
    names = scoring(summary.classes).headline
    rows = [[subject, *(scores[name] for name in names)] for subject, scores in summary.subjects.items()]
    click.echo("\n" + tabulate(rows, ["subject", *names], tablefmt="simple", floatfmt=".3f", missingval=NOTHING))
    sure = summary.n_folds >= FEWEST_FOLDS
    rows = [[name, metric.mean, metric.low if sure else None, metric.high if sure else None, summary.pooled[name]]
            for name, metric in summary.metrics.items()]  # fmt: skip
    headers = ["metric", "mean over folds", "low", "high", "pooled"]
    click.echo("\n" + tabulate(rows, headers, tablefmt="simple", floatfmt=".4f", missingval=NOTHING))
    if summary.confusion:
        matrix = [list(row) for row in summary.confusion]
        click.echo("\nconfusion (rows: true class) " + ", ".join(summary.classes) + f": {matrix}")
