"""The output of `bench run --dry-run`: cells, tasks, refusals, audit and the amount of work."""

from __future__ import annotations

import json
from statistics import mean
from typing import TYPE_CHECKING, Any

import click
from tabulate import tabulate

from bench.cli.tables import show_audit
from bench.planning.plan import reasons
from bench.results.store import Store

if TYPE_CHECKING:
    from bench.planning.plan import Plan, RunSettings
    from bench.planning.planner import PlannedCell


def preview(made: Plan, settings: RunSettings, *, as_json: bool) -> None:
    rows = [cell_row(cell, made) for cell in made.cells]
    seconds = remaining(made, Store(settings.out))
    refused = [vars(refusal) for refusal in made.refusals]
    if as_json:
        told = {"cells": rows, "refused": refused, "tasks": len(made.pending), "seconds": seconds}
        click.echo(json.dumps(told, indent=1))
        return
    shown: set[str] = set()
    for cell in made.cells:
        title = f"{cell.resolved.cell.dataset.name} · {cell.resolved.cell.target} · {cell.resolved.cell.protocol.name}"
        if title not in shown:
            shown.add(title)
            click.secho(title, bold=True)
            show_audit(cell.description()["audit"])
    several = [name for name in ("dataset", "target", "protocol") if len({row[name] for row in rows}) > 1]
    titles = ["key", "cell", *several, "tasks", "stored", "fits", "windows", "verdict"]
    click.echo(
        tabulate([[row[title] for title in titles] for row in rows], titles, tablefmt="simple", disable_numparse=[0])
    )
    for text in reasons(made.refusals):
        click.echo(f"Refused: {text}.")
    time = "" if seconds is None else f", about {seconds:.0f} s by the times of stored tasks"
    click.echo(f"{len(made.pending)} tasks to do, {sum(row['fits'] for row in rows)} fits{time}. Nothing was trained.")


def cell_row(cell: PlannedCell, made: Plan) -> dict[str, Any]:
    stored = sum((cell.key, task) in made.stored for task in cell.tasks)
    return {
        "key": cell.key[:8],
        "cell": cell.resolved.label,
        **{name: text for name, text in cell.resolved.labels.items() if name in ("dataset", "protocol")},
        "target": cell.resolved.cell.target,
        "tasks": len(cell.tasks),
        "stored": stored,
        "fits": fits(cell) * (len(cell.tasks) - stored),
        "windows": len(cell.windows.table),
        "verdict": cell.audit.verdict,
    }


def fits(cell: PlannedCell) -> int:
    """Estimators per task: one, or one per modality with late fusion; times inner splits and trials."""
    from bench.worker.search import INNER_PARTS

    parts = cell.resolved
    once = (1 + parts.fusion.inner_folds) * (len(parts.cell.modalities) if parts.fusion.decides_late else 1)
    return once * (1 + parts.cell.search * INNER_PARTS)


def remaining(made: Plan, store: Store) -> float | None:
    """Estimated seconds, if stored tasks of the same models have been timed."""
    times: dict[str, list[float]] = {}
    for cell in made.cells:
        for task in [task for task in cell.tasks if (cell.key, task) in made.stored][:3]:
            cost = store.record(cell.key, task)["cost"]
            spent = cost["search_seconds"] + cost["fit_seconds"] + cost["predict_seconds"]
            times.setdefault(cell.resolved.cell.model.name, []).append(spent / fits(cell))
    wanted = [(cell.resolved.cell.model.name, fits(cell)) for cell, _ in made.pending]
    if not wanted or not all(name in times for name, _ in wanted):
        return None
    return sum(mean(times[name]) * count for name, count in wanted)
