"""A table of a paper on a terminal: printed numbers beside ours."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click

from bench.cli.output.failures import show_failures
from bench.cli.output.tables import show_audit
from bench.cli.reproduce.lines import TITLES, baseline_lines, contrast_lines, metric_lines, tabulated, title
from bench.leaderboard import contrast
from bench.leaderboard.columns import size
from bench.leaderboard.comparison import merged
from bench.scoring import regression

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.api.papers import Finding, PaperTable
    from bench.cli.reproduce.names import Table
    from bench.leaderboard.reproduction import Reproduced
    from bench.leaderboard.run_result import RunResult
    from bench.leaderboard.summary import Summary

LEGEND = (
    "Ours: mean over folds ± half of the 95 % interval; inside: the printed number is within it, which means\n"
    "little where it is wide. "
)
WITHOUT_SPREAD = "The paper does not print its own spread, so outside need not mean that the two differ."
WITH_SPREAD = "Paper: as printed, ± half of its 95 % interval over its own folds."


def show_comparison(table: Table, rows: list[Reproduced], found: Mapping[str, Summary], style: str) -> None:
    """Settings, printed numbers beside ours, contrasts and findings."""
    click.secho(f"\n{table.about}", bold=True)
    click.echo(inspect.getdoc(type(table.suite)) or "")
    baselines = {key: summary for key, summary in found.items() if summary.baseline}
    show_settings([summary for key, summary in found.items() if key not in baselines])
    for metric in dict.fromkeys(metric for each in rows for metric in each.row.printed):
        lines = [*metric_lines(rows, metric), *baseline_lines(baselines.values(), metric)]
        click.echo(f"\n{TITLES.get(metric, metric)}\n" + tabulated(lines, style))
    unit = "" if all(metric in regression.NAMES for each in rows for metric in each.row.printed) else "Per cent. "
    click.echo(f"\n{unit}{LEGEND}{WITH_SPREAD if any(each.row.half_widths for each in rows) else WITHOUT_SPREAD}")
    show_contrasts(table.suite, rows, style)
    for name, texts in {name_of(each, rows): [each.problem, each.row.note] for each in rows}.items():
        if any(texts):
            click.echo(f"{name}: {'; '.join(filter(None, texts))}")
    show_findings(table.suite.findings())


def show_end(result: RunResult, out: Path) -> None:
    """What failed, and where the results are."""
    show_failures(result.failures, out)
    where = "" if str(out) == "bench-results" else f" --out {out}"
    click.echo(f"\nRun {result.run} is stored in {out}. Next: 'bench show{where}'.")


def show_settings(ours: Sequence[Summary]) -> None:
    """Data, subjects, folds and training of each protocol."""
    for protocol in dict.fromkeys(summary.protocol for summary in ours):
        alike = [summary for summary in ours if summary.protocol == protocol]
        targets = dict.fromkeys(summary.target for summary in alike)
        datasets = " / ".join(dict.fromkeys(summary.dataset for summary in alike))
        steps = " / ".join(dict.fromkeys(summary.preprocess for summary in alike))
        click.echo(f"\n{datasets} · {', '.join(targets)} · {protocol} · {steps}")
        first = alike[0]
        profile, seeds = first.cell.profile, ", ".join(map(str, first.seeds))
        less = "" if profile == "paper" else " (smaller networks than the paper's, which --profile paper trains)"
        click.echo(f"{size(first)}, seeds {seeds}, profile {profile}{less}")
        if first.simulated:
            simulated = "These data are simulated, so the results do not show whether the paper can be reproduced."
            click.secho(simulated, fg="yellow")
        for target in targets:
            of = f" of {target}" if len(targets) > 1 else ""
            show_audit(merged([summary for summary in alike if summary.target == target]), of)


def name_of(each: Reproduced, rows: Sequence[Reproduced]) -> str:
    """A problem belongs to a row under one protocol, a note to the row under all protocols."""
    return title(each, rows) if each.problem else each.row.label


def show_findings(found: Sequence[Finding]) -> None:
    """Without the tables that they follow from."""
    if found:
        click.echo("\nConsistency of the printed numbers (--check-paper shows the evidence)")
    for finding in found:
        click.echo(click.wrap_text(f"{finding.title}: {finding.text}", 100, "- ", "  "))


def show_contrasts(table: PaperTable, rows: Sequence[Reproduced], style: str) -> None:
    found = contrast.contrasts(table, rows)
    if found:
        click.echo(
            f"\nComparisons that the paper makes\n{tabulated(contrast_lines(found, rows), style)}\n\n{contrast.LEGEND}"
        )
