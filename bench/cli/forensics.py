"""`bench forensics`: what printed results exclude and imply."""

from __future__ import annotations

import json
import shutil
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bench.forensics.checks import Report
    from bench.forensics.row import Statement
    from bench.forensics.table import Table

WIDTH = 100
COLOURS = {"impossible": "red", "warning": "yellow", "implied": "green"}


@click.command("forensics")
@click.argument("file", metavar="FILE.csv", type=click.Path(path_type=Path))
@click.option("--percent/--share", "percent", default=None,
              help="Values are in per cent, or shares.  [default: per cent if most are above 1]")  # fmt: skip
@click.option("--rounding", type=click.Choice(["nearest", "any"]), default="nearest", show_default=True,
              help="Printed values are rounded to the nearest, or may also be cut off or rounded up.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Leave out what is only implied.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def command(ctx: click.Context, file: Path, *, percent: bool | None, rounding: str, quiet: bool, as_json: bool) -> None:
    """Say what the printed numbers of a table of results exclude and imply; needs no data.

    FILE.csv has one row per row of the table. Known columns: accuracy, precision, recall and f1; macro_, weighted_ and
    micro_ before the last three; METRIC_low, METRIC_high, METRIC_half_width and METRIC_sd; class, support (windows of
    the class), n (all windows), counts (windows of each class, as in 4598+1976), classes (their number), folds,
    fold_sizes and data (rows with the same name are results on the same windows). Other columns label the rows.

    Values of rows with more than one fold may be means over folds; all others are taken as scores of one confusion
    matrix.

    The exit code is 0 if nothing is impossible, 1 if something is, and 2 if the file cannot be read.
    """
    from bench.forensics.checks import report
    from bench.forensics.table import read

    table = read(file, percent=percent, digits=0.5 if rounding == "nearest" else 1.0)
    found = report(table.rows)
    statements = [each for each in found.statements if not quiet or each.level != "implied"]
    if as_json:
        click.echo(json.dumps(document(table, found, statements), indent=1))
    else:
        show(table, found, statements)
    if not found.is_possible:
        ctx.exit(1)


def document(table: Table, found: Report, statements: list[Statement]) -> dict[str, object]:
    return {
        "rows": len(table.rows),
        "scale": "per cent" if table.percent else "share",
        "scale_detected": table.detected,
        "metrics": table.metrics,
        "labels": table.labels,
        "impossible_lines": found.impossible,
        "statements": [asdict(each) for each in statements],
    }


def show(table: Table, found: Report, statements: list[Statement]) -> None:
    from bench.readers.file_checks import printable

    scale = "per cent" if table.percent else "shares"
    labels = f"; labels: {printable(', '.join(table.labels))}" if table.labels else ""
    count = f"{len(table.rows)} row{'s' if len(table.rows) > 1 else ''}"
    how = "detected" if table.detected else "as declared"
    paragraph(f"{count} in {scale} ({how}); metrics: {', '.join(table.metrics)}{labels}")
    for statement in statements:
        click.echo()
        where = f"line {statement.line}, {statement.row}" if statement.line else "all rows"
        where = where.removesuffix(f", line {statement.line}")
        click.echo(f"{click.style(statement.level, fg=COLOURS[statement.level], bold=True)}  {where}")
        paragraph(statement.text, indent="  ")
    click.echo()
    if found.is_possible:
        click.echo("Nothing is impossible.")
    else:
        together = "" if all(each.line for each in statements if each.level == "impossible") else ", and rows together"
        click.echo(f"Impossible: {len(found.impossible)} of {count}{together}.")


def paragraph(text: str, indent: str = "") -> None:
    width = min(WIDTH, shutil.get_terminal_size((80, 24)).columns)
    click.echo(textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent))
