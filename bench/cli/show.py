"""`bench show`: the stored results of a run or a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bench.cli.attention.parameters import attention_options, check
from bench.cli.parameters import comparison_options, out_option
from bench.cli.weights.chosen import typed

if TYPE_CHECKING:
    from pathlib import Path

    from bench.results.store import Store


@click.command("show")
@click.argument("run", default="latest")
@out_option
@click.option(
    "--json", "as_json", is_flag=True, help="Print all numbers as JSON; the same numbers give the same bytes."
)
@comparison_options
@attention_options
def command(run: str, out: Path, as_json: bool, **arguments: Any) -> None:
    """Show RUN: `latest`, or the first letters of a run's name or of a cell's key.

    For a cell with attention between modalities, --attention draws it beside the signals of one window.
    """
    from bench import session
    from bench.cli.attention.cells import table
    from bench.cli.output.tables import show
    from bench.cli.weights import started
    from bench.leaderboard.stored import cells_of
    from bench.results.serialization import to_json
    from bench.results.store import Store

    check(arguments, as_json=as_json)
    store = Store(out)
    if arguments["subject"] is not None:
        from bench.cli.attention import draw

        draw(store, cells_of(store, run)[0], run, arguments)
        return
    found = session.show(run, out, arguments["metric"] or "", arguments["against"] or "")
    if as_json:
        click.echo(to_json([summary.to_json(varying=False) for summary in found.summaries]), nl=False)
        return
    show(found.comparisons, subjects=len(found.summaries) == 1)
    if len(found.keys) == 1:
        [key] = found.keys
        for text in (chosen(store, key), table(store, key), started.table(store, key, typed(out, arguments["cache"]))):
            if text:
                click.echo(f"\n{text}")
    for key in found.unfinished:
        click.echo(f"Not finished: {store.read_cell(key).label} ({key}){failures(store, key)}", err=True)


def chosen(store: Store, key: str) -> str:
    """The thresholds and temperatures that folds have chosen, where any has."""
    from statistics import median

    from bench.results.tasks import done

    found = [record.calibration for task in done(store, key) if (record := store.record(key, task)).calibration]
    lines = []
    for name in ("threshold", "temperature"):
        values = [value for each in found if (value := getattr(each, name)) is not None]
        if values:
            lines.append(f"{name} of folds: median {median(values):.3f}, {min(values):.3f} to {max(values):.3f}")
    return "\n".join(lines)


def failures(store: Store, key: str) -> str:
    found = sorted((store.cell(key) / "failed").glob("*.json"))
    if not found:
        return ""
    count = f"{len(found)} tasks" if len(found) > 1 else "1 task"
    return f"; {count} failed, {found[0].stem}: {store.failure(key, found[0].stem)}"
