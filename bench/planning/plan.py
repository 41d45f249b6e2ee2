"""A plan: the cells of a grid with their tasks, and how many of these are stored already."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bench.data.cache import Cache
from bench.errors import Refused, StorageError, UsageError
from bench.planning.expansion import Expander
from bench.planning.planner import PlannedCell, Planner
from bench.readers import file_digests
from bench.results.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.cells.resolved import ResolvedCell
    from bench.planning.expansion import Refusal
    from bench.planning.grid import Grid
    from bench.planning.reporter import Reporter
    from bench.registry import Registry


@dataclass(frozen=True)
class RunSettings:
    """Where and how a run works."""

    out: Path
    cache: Path
    device: str = "auto"
    fresh: bool = False
    strict: bool = False
    argv: tuple[str, ...] = ()  # the command line, for the record of the run
    isolation: str = "auto"  # auto, sandbox, process or inline
    task_memory: float = 0.0  # MB that a task may use; 0: a share of what is available
    task_timeout: float = 0.0  # seconds that a task may take; 0: no limit


@dataclass(frozen=True)
class Plan:
    """Cells and tasks of one or more grids."""

    cells: list[PlannedCell]
    refusals: list[Refusal]
    seeds: tuple[int, ...]
    stored: set[tuple[str, str]] = field(default_factory=set)
    damaged: set[tuple[str, str]] = field(default_factory=set)

    @property
    def tasks(self) -> list[tuple[PlannedCell, str]]:
        return [(cell, task) for cell in self.cells for task in cell.tasks]

    @property
    def pending(self) -> list[tuple[PlannedCell, str]]:
        return [(cell, task) for cell, task in self.tasks if (cell.key, task) not in self.stored]


def make_plan(grid: Grid, registry: Registry, settings: RunSettings, reporter: Reporter) -> Plan:
    """Expand the grid, draw and audit folds, and look up what is stored. Nothing is trained, no result written."""
    expansion = Expander(grid, registry, settings.device).expand()
    if not expansion.requested:
        raise Refused(f"Nothing is left to run: {'; '.join(reasons(expansion.refusals))}.")
    fixed = [cell.label for cell in expansion.requested if cell.cell.search and not cell.trials]
    if fixed:
        more = f" and {len(fixed) - 1} more" if fixed[1:] else ""
        reporter.warn(f"--search has nothing to explore in {fixed[0]}{more}, which is fitted as it is.")
    return replace(plan_cells(expansion.cells, grid.seed, settings, reporter), refusals=expansion.refusals)


def plan_cells(
    cells: Sequence[ResolvedCell], seeds: tuple[int, ...], settings: RunSettings, reporter: Reporter
) -> Plan:
    """The same for cells that are resolved already."""
    check_precision(cells, settings.device)
    store = Store(settings.out)
    store.check_writable()
    file_digests.cache_in(settings.cache)
    planner = Planner(Cache(settings.cache), seeds, reporter)
    planned = [planner.plan(cell) for cell in cells]
    if settings.strict:
        refuse_unclean(planned)
    if not settings.fresh:
        refuse_other_folds(planned, store)
    states = {(cell.key, task): store.state(cell.key, task) for cell in planned for task in cell.tasks}
    stored = {key for key, state in states.items() if state == "done" and not settings.fresh}
    return Plan(planned, [], seeds, stored, {key for key, state in states.items() if state == "damaged"})


def join_plans(plans: Sequence[Plan]) -> Plan:
    """Several grids as one plan; a cell that two of them share is run once."""
    cells = {cell.key: cell for plan in plans for cell in plan.cells}
    return Plan(
        list(cells.values()),
        [refusal for plan in plans for refusal in plan.refusals],
        tuple(dict.fromkeys(seed for plan in plans for seed in plan.seeds)),
        set().union(*(plan.stored for plan in plans)),
        set().union(*(plan.damaged for plan in plans)),
    )


def reasons(refusals: Sequence[Refusal]) -> list[str]:
    """Each reason once, with the first combination that it refuses."""
    labels: dict[str, list[str]] = {}
    for refusal in refusals:
        labels.setdefault(refusal.reason, []).append(refusal.label)
    return [
        f"{found[0]}{f' and {len(found) - 1} more' if found[1:] else ''}: {reason}" for reason, found in labels.items()
    ]


def refuse_unclean(cells: Sequence[PlannedCell]) -> None:
    for cell in cells:
        if cell.audit.verdict != "clean":
            worst = next(finding for finding in cell.audit.findings if finding.severity == cell.audit.verdict)
            protocol, dataset = cell.resolved.cell.protocol.name, cell.resolved.cell.dataset.name
            raise Refused(f"--strict refuses {protocol} on {dataset}, which is {cell.audit.verdict}: {worst.text}")


def refuse_other_folds(cells: Sequence[PlannedCell], store: Store) -> None:
    """Raise where a cell is stored with other folds, so that its tasks are all of those that were audited."""
    for cell in cells:
        if store.folds_of(cell.key) not in ("", cell.folds_digest):
            raise StorageError(
                f"The protocol '{cell.resolved.cell.protocol.name}' draws other folds now than those of the stored "
                f"cell {cell.key}, for example at random without a seed or with other versions of libraries; replace "
                "the stored results with --fresh, or name another folder with --out."
            )


def check_precision(cells: Sequence[ResolvedCell], device: str) -> None:
    """Refuse a device or precision that is not there, before data are prepared. torch is imported only if needed."""
    engines = [cell.cell.engine for cell in cells if cell.cell.engine]
    if any(engine["precision"] == "tf32" or device.startswith("cuda") for engine in engines):
        from bench.worker.networks import engine_settings, resolved_device

        for engine in engines:
            engine_settings(device, engine)
        if resolved_device(device) == "cpu":
            raise UsageError("tf32 is a precision of CUDA devices; use --precision fp32 or bf16 on a CPU.")
