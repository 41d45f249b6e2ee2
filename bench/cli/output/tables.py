"""Comparisons as tables on a terminal."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING

import click
from tabulate import tabulate

from bench.cli.output.fitting import fitted, terminal_width
from bench.data.segmentation import Windowing
from bench.leaderboard.columns import NOTHING, compact, excluded, findings, permutation_legend, size
from bench.leaderboard.comparison import by_kind
from bench.leaderboard.conclusion import conclusion
from bench.leaderboard.facts import isolation_of
from bench.scoring.scoring import scoring

if TYPE_CHECKING:
    from bench.api import TargetType
    from bench.leaderboard.comparison import Comparison
    from bench.leaderboard.summary import Summary
    from bench.results.cell_record import AuditRecord

WIDTH = 110  # of paragraphs
UNITS: dict[TargetType, str] = {
    "classes": "Per cent: mean over subjects [95 % interval].",
    "numbers": "RMSE in the unit of the target, r, CCC and R2: mean over subjects [95 % interval].",
}
#: beginning of a title -> what the column is
COLUMNS = {
    "Balanced acc.": "Balanced accuracy: at a threshold chosen on inner folds, unless that was left out.",
    "Accuracy": "Accuracy: at one half.",
    "Chance": "Chance: the same metrics for predictions with the same class frequencies, made without seeing the "
    "signals.",
    "Gain": "Gain: how much better the first metric is than that of the single modality which is best on the other "
    "subjects, or which --against names [95 %].",
    "Beats": "Beats baselines: the interval of the difference to each baseline is above 0; it is not the interval of "
    "the row.",
}
MORE = "A wider terminal shows more columns."
SEEDS = "Seeds: scores are means over seeds; SD is the standard deviation of the leading metric over seeds."
COLOURS = {"clean": "green", "transductive": "yellow", "subject-dependent": "yellow", "leaky": "red"}


def show(found: list[Comparison], *, subjects: bool = False) -> None:
    """One table per comparison, and with `subjects` the scores of every subject of its first row."""
    kinds = by_kind(found)
    shown: dict[str, None] = {}
    left_out = False
    for comparison in [comparison for comparisons in kinds.values() for comparison in comparisons]:
        # nothing can be concluded from one row of many
        titles = show_comparison(comparison, words=not subjects)
        shown |= dict.fromkeys(titles)
        left_out = left_out or len(titles) < len(compact(comparison)[0])
        if subjects:
            show_subjects(comparison.first)
    several = any(len(row.summary.seeds) > 1 for comparison in found for row in comparison.rows)
    for kind, comparisons in kinds.items():
        if comparisons:
            about = [text for name, text in COLUMNS.items() if any(each.startswith(name) for each in shown)]
            texts = [" ".join([UNITS[kind], *about, *([MORE] if left_out else [])]), SEEDS if several else ""]
            click.echo()
            for text in filter(None, [*texts, *{permutation_legend(each) for each in comparisons}]):
                click.echo(filled(text))


def show_comparison(comparison: Comparison, *, words: bool) -> list[str]:
    """Returns the titles of the columns for which there was room."""
    first = comparison.first
    click.echo()
    click.secho(comparison.title, bold=True)
    seeds = ", ".join(map(str, first.seeds))
    click.echo(between_words(f"{size(first)}, seeds {seeds}, profile {first.cell.profile}"))
    windows = Windowing(**first.cell.window).about
    click.echo(between_words(f"{windows}; preprocessing: {comparison.preprocessing or 'none'}"))
    if first.remark:
        click.secho(between_words(first.remark), fg="yellow")
    if first.label_rule:
        click.echo(between_words(f"labels: {first.label_rule}"))
    if texts := excluded(first):
        click.echo(between_words(f"excluded: {texts}"))
    if (isolation := isolation_of(comparison)) not in ("", "sandbox"):
        click.secho(f"isolation: {isolation}, weaker than sandbox", fg="yellow")
    show_audit(comparison.audit)
    if words and (text := conclusion(comparison)):
        click.echo(f"\n{filled(text)}\n")
    rows = fitted(compact(comparison), terminal_width())
    click.echo(tabulate([list(row.values()) for row in rows], list(rows[0]), tablefmt="simple", disable_numparse=True))
    return list(rows[0])


def between_words(text: str) -> str:
    """A line that a terminal does not break inside a word; where a program reads, it stays one line."""
    width = terminal_width()
    indent = " " * (len(text) - len(text.lstrip()))
    return textwrap.fill(text, width, subsequent_indent=f"{indent}  ", break_on_hyphens=False) if width else text


def filled(text: str) -> str:
    """A paragraph for this terminal, or of a moderate width where there is none."""
    return textwrap.fill(text, min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns))


def show_audit(audit: AuditRecord, of: str = "") -> None:
    """The verdict, and the findings that led to it."""
    click.echo(f"audit{of}: " + click.style(audit.verdict, fg=COLOURS[audit.verdict], bold=True))
    for text in findings(audit):
        click.echo(between_words(f"  {text}"))


def show_subjects(summary: Summary) -> None:
    """The scores of every subject, and every metric over folds."""
    names = scoring(summary.classes).headline
    rows = [[subject, *(scores[name] for name in names)] for subject, scores in summary.subjects.items()]
    click.echo("\n" + tabulate(rows, ["subject", *names], tablefmt="simple", floatfmt=".3f", missingval=NOTHING))
    rows = [[name, found.mean, found.low, found.high, found.n, summary.metrics[name].mean, summary.pooled[name]]
            for name, found in summary.estimates.items()]  # fmt: skip
    headers = ["metric", "mean over subjects", "low", "high", "n", "mean over folds", "pooled"]
    click.echo("\n" + tabulate(rows, headers, tablefmt="simple", floatfmt=".4f", missingval=NOTHING))
    if summary.confusion:
        matrix = [list(row) for row in summary.confusion]
        click.echo("\nconfusion (rows: true class) " + ", ".join(summary.classes) + f": {matrix}")
    if summary.reliability:
        rows = [[found.confidence, found.accuracy, found.windows] for found in summary.reliability]
        headers = ["confidence", "accuracy", "windows"]
        click.echo("\n" + tabulate(rows, headers, tablefmt="simple", floatfmt=".3f"))
