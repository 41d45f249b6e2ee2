"""`bench submit`: rows of a run become rows of a leaderboard, after checks."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.parameters import out_option
from bench.errors import BenchError


@click.command("submit")
@click.argument("run", default="latest")
@out_option
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), default=Path("leaderboard"), show_default=True,
              help="Folder of the leaderboard, such as a checkout of its repository.")  # fmt: skip
@click.option("--suite", type=click.Path(dir_okay=False, exists=True, path_type=Path),
              help="A version of a suite that all rows must belong to; `bench suite freeze` writes it.")  # fmt: skip
@click.option("--replace", is_flag=True, help="Replace published rows of the same cells.")
@click.option("--yes", is_flag=True, help="Add the rows without asking.")
def command(run: str, out: Path, to: Path, suite: Path | None, replace: bool, yes: bool) -> None:
    """Add the rows of RUN (as `bench show` takes it) to a leaderboard.

    Every row must be finished, probed, isolated and not of the profile smoke, and networks need five seeds. Metrics are
    computed again from the stored predictions. What would change is shown first. Scores, commands and versions are
    written; signals and predictions are not.
    """
    from tabulate import tabulate

    from bench.leaderboard.publishing.submission import submission
    from bench.leaderboard.publishing.suites import read
    from bench.results.store import Store

    found = submission(Store(out), run, to, read(suite) if suite else None)
    rows = [change.columns for change in found.changes]
    click.echo(tabulate([list(row.values()) for row in rows], list(rows[0]), tablefmt="simple", disable_numparse=True))
    if found.replaced and not replace:
        raise BenchError(
            f"Nothing was added. {len(found.replaced)} of these rows would replace published ones; allow that with "
            "--replace."
        )
    if all(change.kind == "same" for change in found.changes):
        click.echo("All of these rows are published already.")
        return
    if not yes:
        click.confirm(f"Add them to {to}?", abort=True)
    click.echo(f"Wrote {', '.join(map(str, found.add()))}.")
