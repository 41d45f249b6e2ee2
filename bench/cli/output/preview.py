"""The output of `bench run --dry-run`: cells, tasks, refusals, audit and the amount of work."""

from __future__ import annotations

import json
from statistics import mean
from typing import TYPE_CHECKING, Any

import click
from tabulate import tabulate

from bench.cli.output.tables import show_audit
from bench.planning.plan import reasons
from bench.results.store import Store
from bench.running.permutation.refusals import permuted
from bench.running.permutation.run import missing

if TYPE_CHECKING:
    from bench.planning.plan import Plan, RunSettings
    from bench.planning.planner import PlannedCell


def preview(made: Plan, settings: RunSettings, *, as_json: bool, permutations: int = 0) -> None:
    rows = [cell_row(cell, made) for cell in made.cells]
    seconds = remaining(made, Store(settings.out))
    refused = [vars(refusal) for refusal in made.refusals]
    if as_json:
        message = {"cells": rows, "refused": refused, "tasks": len(made.pending), "seconds": seconds,
                "per_fold": features_per_fold(made),
                "permuted_fits": permuted_fits(made, settings, permutations)}  # fmt: skip
        click.echo(json.dumps(message, indent=1))
        return
    shown: set[str] = set()
    for cell in made.cells:
        title = f"{cell.resolved.cell.dataset.name} · {cell.resolved.cell.target} · {cell.resolved.cell.protocol.name}"
        if title not in shown:
            shown.add(title)
            click.secho(title, bold=True)
            show_audit(cell.record().audit)
    several = [name for name in ("dataset", "target", "protocol") if len({row[name] for row in rows}) > 1]
    titles = ["key", "cell", *several, "tasks", "stored", "fits", "windows", "verdict"]
    click.echo(
        tabulate([[row[title] for title in titles] for row in rows], titles, tablefmt="simple", disable_numparse=[0])
    )
    for text in reasons(made.refusals):
        click.echo(f"Refused: {text}.")
    for text in features_per_fold(made):
        click.echo(text)
    time = "" if seconds is None else f", about {seconds:.0f} s by the times of stored tasks"
    count = permuted_fits(made, settings, permutations)
    more = f" Permutations of labels: {count:,} fits more." if count else ""
    total = sum(row["fits"] for row in rows)
    click.echo(f"{len(made.pending)} tasks to do, {total} fits{time}.{more} Nothing was trained.")


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
    """Estimators per task: those of one fit, and as many for each inner split, of trials and of the threshold."""
    from bench.worker import calibration, search

    parts = cell.resolved
    inner = parts.trials * search.INNER_PARTS
    if parts.cell.calibrate and not calibration.sets_aside(parts.model, parts.fusion):
        inner += calibration.INNER_PARTS
    return of_one_fit(cell) * (1 + inner)


def of_one_fit(cell: PlannedCell) -> int:
    """Estimators: one, or one per modality with late fusion, and those of the inner splits of a fusion."""
    parts = cell.resolved
    return (1 + parts.fusion.inner_folds) * (len(parts.cell.modalities) if parts.fusion.decides_late else 1)


def permuted_fits(made: Plan, settings: RunSettings, permutations: int) -> int:
    """Estimators that are missing of so many permutations."""
    if not permutations:
        return 0
    store = Store(settings.out)
    return sum(of_one_fit(cell) * sum(missing(store, cell, permutations).values()) for cell in permuted(made.cells)[0])


def features_per_fold(made: Plan) -> list[str]:
    """A sentence where features follow a scaling that is learnt in each fold, since they take most of the time then."""
    found: dict[tuple[str, int], dict[str, None]] = {}
    pending = {cell.key for cell, _ in made.pending}
    for cell in made.cells:
        parts = cell.resolved
        if cell.key not in pending or not parts.features or len(cell.folds) < 2:
            continue
        recorded = [name for name in parts.cell.modalities if name not in parts.dataset.stimulus_modalities]
        for step in parts.cell.scalings:
            scaled = [name for name in recorded if name in (step.modalities or recorded)]
            found.setdefault((step.name, len(cell.folds)), {}).update(dict.fromkeys(scaled))
    return [
        f"Features of {' and '.join(modalities)} are computed once per fold ({folds} times), since '{scaling}' learns "
        "its scale in each fold; a step that scales each recording by itself, such as 'zscore', needs one pass."
        for (scaling, folds), modalities in found.items()
        if modalities
    ]


def remaining(made: Plan, store: Store) -> float | None:
    """Estimated seconds, if stored tasks of the same models have been timed."""
    times: dict[str, list[float]] = {}
    for cell in made.cells:
        for task in [task for task in cell.tasks if (cell.key, task) in made.stored][:3]:
            spent = store.record(cell.key, task).cost.seconds
            times.setdefault(cell.resolved.cell.model.name, []).append(spent / fits(cell))
    wanted = [(cell.resolved.cell.model.name, fits(cell)) for cell, _ in made.pending]
    if not wanted or not all(name in times for name, _ in wanted):
        return None
    return sum(mean(times[name]) * count for name, count in wanted)
