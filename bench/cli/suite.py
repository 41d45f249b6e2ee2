"""`bench suite`: versions of suites, which rows of different months share."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.lazy import Group
from bench.cli.parameters import out_option
from bench.errors import BenchError


@click.group("suite", cls=Group)
def command() -> None:
    """Freeze what rows of different months must share to stand in one table.

    A version of a suite holds, for each comparison of a run, digests of the test windows with their labels and of the
    folds, the metrics, and the budget: profile, trials of a search and seeds. 'bench submit --suite FILE' takes rows
    that fit it. 'bench list suite' shows the grids that plugins bring, for 'bench run --suite'.
    """


@command.command("freeze")
@click.argument("run", default="latest")
@out_option
@click.option("--name", required=True, help="Name of the suite.")
@click.option("--version", "version", required=True, help="Version, as in 1 or 2.1; it is never changed.")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="File.  [default: NAME-VERSION.json]")
def freeze_command(run: str, out: Path, name: str, version: str, to: Path | None) -> None:
    """Freeze the comparisons of RUN, as `bench show` takes it."""
    from bench.leaderboard.publishing.suites import freeze, write
    from bench.results.store import Store

    suite = freeze(Store(out), run, name, version)
    path = to or Path(f"{name}-{version}.json")
    write(suite, path)
    click.echo(f"Wrote {path}: {len(suite.comparisons)} comparisons of {suite.title}.")


@command.command("check")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.argument("run", default="latest")
@out_option
def check_command(file: Path, run: str, out: Path) -> None:
    """Say whether the rows of RUN belong to the version of a suite in FILE."""
    from bench import session
    from bench.leaderboard.publishing.submission import label
    from bench.leaderboard.publishing.suites import misfits, read

    suite, rows = read(file), session.show(run, out).summaries
    found = [f"{label(row)}: {reason}" for row in rows for reason in misfits(suite, row)]
    for text in found:
        click.echo(text)
    if found:
        raise BenchError(f"{len(found)} of {len(rows)} rows do not belong to {suite.title}.")
    click.echo(f"All {len(rows)} rows belong to {suite.title}.")
