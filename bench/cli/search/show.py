"""`bench search show`: the trials and choices of searches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
from tabulate import tabulate

from bench.cli.parameters import out_option

if TYPE_CHECKING:
    from pathlib import Path

    from bench.cli.search.searches import Searched
    from bench.results.row_record import EstimateRecord


FEW = 3  # rows that are shown one by one
CHOSEN = "chosen"


@click.command("show")
@click.argument("run", default="latest")
@out_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(run: str, out: Path, as_json: bool) -> None:
    """Show what folds have chosen in RUN: `latest`, or the first letters of a run's name or of a cell's key.

    Several rows are one table; the options and folds of a row follow where rows are few, or one is named.

    Inner: the score of the best trial on inner parts of the training windows. Outer: the same metric on the test
    windows of the fold. Inner minus outer is the optimism of the search: by so much its own score would overstate.
    """
    from bench.cli.search.searches import searched
    from bench.results.store import Store

    found = searched(Store(out), run)
    if as_json:
        click.echo(json.dumps([as_plain(each) for each in found], indent=1))
        return
    if len(found) > 1:
        from bench.cli.search import summary

        summary.show(found)
        click.echo()
    if len(found) > FEW:
        click.echo("'bench search show KEY' shows the options and folds of a row.")
        return
    for number, each in enumerate(found):
        click.echo("\n" if number else "", nl=False)
        show(each)


def show(found: Searched) -> None:
    from bench.cli.output.fitting import terminal_width, wrapped
    from bench.cli.output.tables import between_words, filled
    from bench.cli.search.searches import chosen, search_of, spread
    from bench.leaderboard.searches import searched as summarised

    click.secho(found.title, bold=True)
    facts = summarised(found.tasks)
    states = [trial["state"] for task in found.tasks for trial in search_of(task).trials]
    parts = [f"{len(states)} trials in {len(found.tasks)} folds and seeds"]
    parts += [f"{states.count(state)} {word}" for state, word in (("PRUNED", "pruned"), ("FAIL", "failed"))
              if state in states]  # fmt: skip
    click.echo(between_words(f"{', '.join(parts)}; they maximise {search_of(found.tasks[0]).selection}"))
    importances = facts["importances"]
    rows = [
        [name, f"{100 * importances[name]:.0f} %" if name in importances else "–", spread(values)]
        for name, values in sorted(chosen(found.tasks).items(), key=lambda each: -importances.get(each[0], 0.0))
    ]
    click.echo(
        "\n" + tabulate(rows, ["option", "importance", "chosen by folds"], tablefmt="simple", disable_numparse=True)
    )
    width = terminal_width()
    tasks = [
        {
            "task": task.task,
            "trials": str(len(search_of(task).trials)),
            "inner": found.shown(search_of(task).score),
            "outer": found.shown(search_of(task).outer),
            CHOSEN: ", ".join(f"{name}={spread([value])}" for name, value in search_of(task).options.items()),
        }
        for task in found.tasks
    ]
    tasks = wrapped(tasks, width, [CHOSEN]) if width else tasks
    click.echo("\n" + tabulate(tasks, "keys", tablefmt="simple", disable_numparse=True))
    sentences = [optimism_in_words(facts["optimism"], found)]
    if found.metric == "balanced_accuracy":
        sentences.append(
            "Scores are at one half; the column 'Balanced acc.' of other tables is at the chosen threshold."
        )
    if not importances:
        sentences.append("Importances take eight complete trials of a fold or more.")
    click.echo("\n" + filled(" ".join(sentences)))


def optimism_in_words(optimism: EstimateRecord | None, found: Searched) -> str:
    """The optimism with its interval over folds."""
    if optimism is None or optimism.mean is None:
        return "No fold has an inner and an outer score."
    low, high = optimism.low, optimism.high
    interval = "" if low is None or high is None else f" [{found.difference(low)}, {found.difference(high)}]"
    unit = " points" if found.per_cent else ""
    return (
        f"Optimism, which is inner minus outer: {found.difference(optimism.mean)}{interval}{unit}, over "
        f"{optimism.n} folds and seeds. Tables show outer scores alone."
    )


def as_plain(found: Searched) -> dict[str, Any]:
    from dataclasses import asdict

    from bench.cli.search.searches import search_of
    from bench.leaderboard.searches import searched as summarised

    facts = summarised(found.tasks)
    optimism = facts.pop("optimism")
    return {
        "key": found.key,
        "cell": found.cell.label,
        "objective": found.objective,
        **facts,
        "optimism": optimism and asdict(optimism),
        "tasks": {task.task: asdict(search_of(task)) for task in found.tasks},
    }
