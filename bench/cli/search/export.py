"""`bench search export`: studies as one SQLite file, for Optuna's own tools."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.parameters import out_option
from bench.errors import UsageError


@click.command("export")
@click.argument("run", default="latest")
@out_option
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), default=Path("search.db"), show_default=True,
              metavar="FILE", help="The SQLite file, which must not exist.")  # fmt: skip
def command(run: str, out: Path, to: Path) -> None:
    """Write the searches of RUN into a SQLite file, one study per row, fold and seed.

    'optuna-dashboard sqlite:///search.db' shows it.
    """
    from bench.cli.search.searches import searched
    from bench.results.store import Store
    from bench.running.search import export

    if to.exists():
        raise UsageError(f"{to} exists; name another file with --to.")
    store = Store(out)
    names = [(f"{found.title}, {task.task}", found.key, task.task) for found in searched(store, run)
             for task in found.tasks]  # fmt: skip
    export.write(store, names, to)
    click.echo(f"Wrote {to}: {len(names)} studies.")
