"""`bench show`: what a run or a cell found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from bench.cli.attention.parameters import attention_options, check
from bench.cli.parameters import out_option
from bench.cli.weights.chosen import typed
from bench.errors import UsageError, unknown

if TYPE_CHECKING:
    from pathlib import Path

    from bench.results.store import Store


@click.command("show")
@click.argument("run", default="latest")
@out_option
@click.option(
    "--json", "as_json", is_flag=True, help="Print all numbers as JSON; the same numbers give the same bytes."
)
@attention_options
def command(run: str, out: Path, as_json: bool, **asked: Any) -> None:
    """Show RUN: `latest`, a run's name, or the first digits of a cell's key.

    Of a cell with attention between modalities, --attention draws what is let through beside the signals of one window.
    """
    from bench.cli.attention.cells import table
    from bench.cli.tables import show
    from bench.cli.weights import started
    from bench.leaderboard.comparison import comparisons
    from bench.leaderboard.summary import summarise
    from bench.results.store import Store, to_json

    check(asked, as_json=as_json)
    store = Store(out)
    keys, seeds = cells_of(store, run)
    if asked["subject"] is not None:
        from bench.cli.attention import draw

        draw(store, keys, run, asked)
        return
    summaries = [summary for key in keys if (summary := summarise(store, key, seeds))]
    unfinished = [key for key in keys if key not in {summary["key"] for summary in summaries}]
    if as_json:
        click.echo(to_json([numbers(summary) for summary in summaries]), nl=False)
    else:
        compared = [replace(found, rows=[row for row in found.rows if row.summary["key"] in keys])
                    for found in comparisons([*summaries, *others(store, summaries)])]  # fmt: skip
        show([found for found in compared if found.rows], people=len(summaries) == 1)
        if len(keys) == 1 and (attention := table(store, keys[0])):
            click.echo(f"\n{attention}")
        if len(keys) == 1 and (begun := started.table(store, keys[0], typed(out, asked["cache"]))):
            click.echo(f"\n{begun}")
        for key in unfinished:
            click.echo(f"Not finished: {store.read_cell(key)['label']} ({key}){failures(store, key)}", err=True)


def others(store: Store, summaries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What else was compared with a single cell: its baselines and single modalities."""
    from bench.leaderboard.summary import summarise

    if len(summaries) != 1:
        return []
    mine = summaries[0]
    keys = [key for key in store.cells() if key != mine["key"]
            and store.read_cell(key)["comparison"] == mine["comparison"]]  # fmt: skip
    return [summary for key in keys if (summary := summarise(store, key, mine["seeds"]))]


def cells_of(store: Store, run: str) -> tuple[list[str], list[int] | None]:
    """Keys of cells, and the seeds of the run where one was named."""
    runs = store.runs()
    if not runs:
        raise UsageError(f"There are no runs in {store.root}; start one with 'bench run', or name a folder with --out.")
    name = runs[-1] if run == "latest" else run
    if name in runs:
        record = store.read_run(name)
        return list(record["cells"]), list(record["seeds"])
    cells = [key for key in store.cells() if key.startswith(name)]
    if not cells:
        raise unknown(f"run or cell in {store.root}", run, ["latest", *runs[-5:]], "These are the latest.")
    return cells, None


def numbers(summary: dict[str, Any]) -> dict[str, Any]:
    """Without what differs from run to run: times."""
    return {name: value for name, value in summary.items() if name != "train_seconds"}


def failures(store: Store, key: str) -> str:
    found = sorted((store.cell(key) / "failed").glob("*.json"))
    if not found:
        return ""
    told = f"{len(found)} tasks" if len(found) > 1 else "1 task"
    return f"; {told} failed, {found[0].stem}: {store.failure(key, found[0].stem)}"
