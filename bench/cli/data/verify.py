"""`bench data verify`: check that a data set is complete and readable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bench.cli.data.dataset_argument import file_dataset
from bench.cli.data.formatting import format_excluded, plural
from bench.cli.parameters import complete_dataset, data_option

if TYPE_CHECKING:
    from bench.data.acquisition.verify import Report


@click.command("verify")
@click.argument("name", shell_complete=complete_dataset)
@data_option
@click.pass_context
def command(ctx: click.Context, name: str) -> None:
    """Load every subject of the data set NAME, and compare files with published digests.

    Prints one line per problem, and exits with 1 if there is one. All subjects are tried.
    """
    from bench.cli.data.progress_bars import step_bar
    from bench.data.acquisition.verify import verify

    dataset = file_dataset(ctx, name)
    kind = "a simulated stand-in" if dataset.simulated else "real"
    click.echo(f"{name} in {dataset.folder} ({kind})")
    with step_bar() as on_progress:
        report = verify(dataset, on_progress)
    show(report)
    if report.problems:
        ctx.exit(1)


def show(report: Report) -> None:
    for problem in report.problems:
        click.echo(f"{click.style('problem', fg='red')}  {problem}")
    for warning in report.warnings:
        click.echo(f"{click.style('warning', fg='yellow')}  {warning}")
    subjects, recordings = plural(len(report.subjects), "subject"), plural(report.recordings, "recording")
    click.echo(f"{subjects}, {recordings}, {plural(report.segments, 'segment')}")
    for line in format_excluded(report.excluded):
        click.echo(f"excluded: {line}")
    if report.matching or report.absent:
        absent = f", {report.absent} not here" if report.absent else ""
        click.echo(f"{plural(report.matching, 'file')} as published{absent}")
    problems = plural(len(report.problems), "problem") if report.problems else "No problems"
    click.echo(click.style(f"{problems}.", fg="red" if report.problems else "green"))
