"""A table of a paper on a terminal: printed numbers beside ours."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click

from bench.cli.reproduce.lines import TITLES, baseline_lines, contrast_lines, metric_lines, tabulated, title
from bench.cli.tables import show_audit
from bench.leaderboard import contrast
from bench.leaderboard.columns import size
from bench.leaderboard.comparison import together
from bench.scoring import regression

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.api.papers import Finding, PaperTable
    from bench.cli.reproduce.names import Table
    from bench.leaderboard.comparison import Summary
    from bench.leaderboard.reproduction import Reproduced
    from bench.running.run import Outcome

LEGEND = (
    "Ours: mean over folds ± half of the 95 % interval; inside: the printed number lies in it, which says\n"
    "little where it is wide. "
)
WITHOUT_SPREAD = "The paper's own spread is not printed, so outside need not mean that the two differ."
WITH_SPREAD = "Paper: as printed, ± half of its 95 % interval over its own folds."


def show_comparison(table: Table, rows: list[Reproduced], found: Mapping[str, Summary], style: str) -> None:
    """Everything that is known of the rows."""
    click.secho(f"\n{table.about}", bold=True)
    click.echo(inspect.getdoc(type(table.suite)) or "")
    baselines = {key: summary for key, summary in found.items() if summary["baseline"]}
    show_settings([summary for key, summary in found.items() if key not in baselines])
    for metric in dict.fromkeys(metric for each in rows for metric in each.row.printed):
        lines = [*metric_lines(rows, metric), *baseline_lines(baselines.values(), metric)]
        click.echo(f"\n{TITLES.get(metric, metric)}\n" + tabulated(lines, style))
    unit = "" if all(metric in regression.NAMES for each in rows for metric in each.row.printed) else "Per cent. "
    click.echo(f"\n{unit}{LEGEND}{WITH_SPREAD if any(each.row.half_widths for each in rows) else WITHOUT_SPREAD}")
    show_contrasts(table.suite, rows, style)
    for name, words in {told_of(each, rows): [each.problem, each.row.note] for each in rows}.items():
        if any(words):
            click.echo(f"{name}: {'; '.join(filter(None, words))}")
    show_findings(table.suite.findings())


def show_end(outcome: Outcome, out: Path) -> None:
    """What failed, and where everything is."""
    if outcome.failures:
        click.echo(f"\n{len(outcome.failures)} of the run's tasks failed; the same command tries again.", err=True)
    where = "" if str(out) == "bench-results" else f" --out {out}"
    click.echo(f"\nRun {outcome.run} is stored in {out}. Next: 'bench show{where}'.")


def show_settings(ours: Sequence[Summary]) -> None:
    """Which data, people, folds and training all this is about, for each protocol."""
    for protocol in dict.fromkeys(summary["labels"]["protocol"] for summary in ours):
        alike = [summary for summary in ours if summary["labels"]["protocol"] == protocol]
        targets = dict.fromkeys(summary["cell"]["target"] for summary in alike)
        datasets, steps = (
            " / ".join(dict.fromkeys(summary["labels"][name] for summary in alike))
            for name in ("dataset", "preprocess")
        )
        click.echo(f"\n{datasets} · {', '.join(targets)} · {protocol} · {steps}")
        first = alike[0]
        profile, seeds = first["cell"]["profile"], ", ".join(map(str, first["seeds"]))
        less = "" if profile == "paper" else " (smaller networks than the paper's, which --profile paper trains)"
        click.echo(f"{size(first)}, seeds {seeds}, profile {profile}{less}")
        if first["simulated"]:
            simulated = "These data are simulated: nothing here says whether the paper can be reproduced."
            click.secho(simulated, fg="yellow")
        for target in targets:
            of = f" of {target}" if len(targets) > 1 else ""
            show_audit(together([summary for summary in alike if summary["cell"]["target"] == target]), of)


def told_of(each: Reproduced, rows: Sequence[Reproduced]) -> str:
    """A problem is that of a row under one protocol, a note that of a row under all."""
    return title(each, rows) if each.problem else each.row.label


def show_findings(found: Sequence[Finding]) -> None:
    """Without the tables that they were seen from."""
    if found:
        click.echo("\nWhat the printed numbers say about themselves (--check-paper shows from what)")
    for finding in found:
        click.echo(click.wrap_text(f"{finding.title}: {finding.text}", 100, "- ", "  "))


def show_contrasts(table: PaperTable, rows: Sequence[Reproduced], style: str) -> None:
    found = contrast.contrasts(table, rows)
    if found:
        click.echo(f"\nWhat the paper compares\n{tabulated(contrast_lines(found, rows), style)}\n\n{contrast.LEGEND}")
