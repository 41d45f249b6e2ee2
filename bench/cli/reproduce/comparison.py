"""A table of a paper on a terminal: printed numbers beside ours."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import click

from bench.cli.reproduce.lines import baseline_line, metric_lines, tabulated
from bench.cli.tables import show_audit
from bench.leaderboard.columns import size
from bench.leaderboard.comparison import SEVERITY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import PaperTable
    from bench.evaluation.run import Outcome
    from bench.leaderboard.comparison import Summary
    from bench.leaderboard.reproduction import Reproduced

TITLES = {"accuracy": "Accuracy", "macro_f1": "Macro-F1", "weighted_f1": "Weighted-F1"}
LEGEND = (
    "Per cent. Ours: mean over folds ± half of the 95 % interval; inside: the printed number lies in it, which says\n"
    "little where it is wide. The paper's own spread is not printed, so outside need not mean that the two differ."
)


def show_comparison(
    table: PaperTable, about: str, rows: list[Reproduced], found: Mapping[str, Summary], outcome: Outcome,
    asked: Mapping[str, Any],
) -> None:  # fmt: skip
    """Everything that is known of the rows and of the run."""
    click.secho(f"\n{about}", bold=True)
    click.echo(inspect.getdoc(type(table)) or "")
    baselines = {key: summary for key, summary in found.items() if summary["baseline"]}
    ours = [summary for key, summary in found.items() if key not in baselines]
    if ours:
        show_setting(max(ours, key=lambda summary: SEVERITY.index(summary["audit"]["verdict"])))
    for metric in dict.fromkeys(metric for each in rows for metric in each.row.printed):
        lines = [*metric_lines(rows, metric), *baseline_line(baselines.values(), metric)]
        click.echo(f"\n{TITLES.get(metric, metric)}\n" + tabulated(lines, asked["style"]))
    click.echo(f"\n{LEGEND}")
    for label, words in {each.row.label: [each.problem, each.row.note] for each in rows}.items():
        if any(words):
            click.echo(f"{label}: {'; '.join(filter(None, words))}")
    if outcome.failures:
        click.echo(f"\n{len(outcome.failures)} of the run's tasks failed; the same command tries again.", err=True)
    where = "" if str(asked["out"]) == "bench-results" else f" --out {asked['out']}"
    click.echo(f"\nRun {outcome.run} is stored in {asked['out']}. Next: 'bench show{where}'.")


def show_setting(summary: Summary) -> None:
    """Which data, people, folds and training all this is about."""
    cell, labels = summary["cell"], summary["labels"]
    click.echo(f"\n{labels['dataset']} · {cell['target']} · {labels['protocol']} · {labels['preprocess']}")
    less = "" if cell["profile"] == "paper" else " (less work than in the paper, which --profile paper does)"
    seeds = ", ".join(map(str, summary["seeds"]))
    click.echo(f"{size(summary)}, seeds {seeds}, profile {cell['profile']}{less}")
    if summary["simulated"]:
        click.secho("These data are simulated: nothing here says whether the paper can be reproduced.", fg="yellow")
    show_audit(summary["audit"])
