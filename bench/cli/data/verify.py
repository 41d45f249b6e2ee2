"""`bench data verify`: is what lies here whole, and can all of it be read?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bench.cli.data.chosen import in_files
from bench.cli.data.words import counted, several
from bench.cli.parameters import complete_dataset, data_option

if TYPE_CHECKING:
    from bench.api import Recording
    from bench.data.acquisition.verify import Report


@click.command("verify")
@click.argument("name", shell_complete=complete_dataset)
@data_option
@click.pass_context
def command(ctx: click.Context, name: str) -> None:
    """Load everybody of the data set NAME, and compare the digests that its owners publish.

    One line per problem, and exit code 1 where there is one. All people are tried.
    """
    from bench.cli.data.bars import steps
    from bench.data.acquisition.verify import verify

    dataset = in_files(ctx, name)
    kind = "a simulated stand-in" if dataset.simulated else "real"
    click.echo(f"{name} in {dataset.folder} ({kind})")
    with steps() as tell:
        report = verify(dataset, sound, tell)
    show(report)
    if report.problems:
        ctx.exit(1)


def sound(recording: Recording) -> None:
    """Raise where a recording breaks the contract."""
    from bench.checks.recordings import require_valid_segments, require_valid_signals

    require_valid_signals(recording)
    require_valid_segments(recording)


def show(report: Report) -> None:
    for problem in report.problems:
        click.echo(f"{click.style('wrong', fg='red')}    {problem}")
    for warning in report.warnings:
        click.echo(f"{click.style('warning', fg='yellow')}  {warning}")
    people, recordings = several(len(report.people), "person").replace("persons", "people"), report.recordings
    click.echo(f"{people}, {several(recordings, 'recording')}, {several(report.segments, 'segment')}")
    for line in counted(report.excluded):
        click.echo(f"left out: {line}")
    if report.files or report.absent:
        absent = f", {report.absent} not here" if report.absent else ""
        click.echo(f"{several(report.files, 'file')} as published{absent}")
    problems = several(len(report.problems), "problem") if report.problems else "Nothing is wrong"
    click.echo(click.style(f"{problems}.", fg="red" if report.problems else "green"))
