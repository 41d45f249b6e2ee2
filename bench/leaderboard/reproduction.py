"""A table of a paper beside our results: the cell of each printed row, and the difference between the two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from bench.planning.expansion import Expander
from bench.planning.grid import Grid
from bench.scoring import regression

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api.papers import PaperTable, PrintedRow
    from bench.cells.cell import Cell
    from bench.leaderboard.run_result import RunResult
    from bench.leaderboard.summary import Summary
    from bench.registry import Registry

DIGITS = 4
FEWEST_FOLDS = 3  # an interval from two folds is useless


@dataclass(frozen=True)
class Difference:
    """One metric of one row, in per cent; unchanged for regression."""

    printed: float
    ours: float | None
    low: float | None  # the 95 % interval of ours, where there are enough folds
    high: float | None
    half_width: float | None = None  # of the printed interval, where there is one

    @property
    def value(self) -> float | None:
        return None if self.ours is None else round(self.ours - self.printed, DIGITS)

    @property
    def inside(self) -> bool | None:
        """Whether the printed number is within our interval."""
        return None if self.low is None or self.high is None else self.low <= self.printed <= self.high


@dataclass(frozen=True)
class Reproduced:
    """A printed row and its result here."""

    row: PrintedRow
    protocol: str  # of ours, as typed on the command line
    key: str  # of our cell; empty where there is no such cell
    summary: Summary | None
    problem: str  # why scores are missing, or not complete; empty otherwise

    @property
    def identity(self) -> tuple[object, ...]:
        """The same for all readings of one row of ours."""
        return (*identity(self.row), self.protocol)

    def differences(self) -> dict[str, Difference]:
        return {
            metric: replace(difference(printed, self.summary, metric), half_width=self.row.half_widths.get(metric))
            for metric, printed in self.row.printed.items()
        }


def difference(printed: float, summary: Summary | None, metric: str) -> Difference:
    if summary is None:
        return Difference(printed, None, None, None)
    found, scale = summary.metrics[metric], 1 if metric in regression.NAMES else 100
    values = (found.mean, found.low, found.high)
    mean, low, high = (None if value is None else round(scale * value, DIGITS) for value in values)
    sure = len(found.folds) >= FEWEST_FOLDS
    return Difference(printed, mean, low if sure else None, high if sure else None)


def grids(table: PaperTable, changed: Mapping[str, Any]) -> list[Grid]:
    """The grids of the table, with the axes that the caller changes."""
    return [replace(Grid.from_mapping(grid, "a table of a paper"), **changed) for grid in table.grids()]


def protocols(table: PaperTable) -> tuple[str, ...]:
    """The protocols that each row is run under, that of the paper first."""
    return Grid.from_mapping(table.setting, "a table of a paper").protocol


def compared(
    table: PaperTable,
    changed: Mapping[str, Any],
    result: RunResult,
    summaries: Mapping[str, Summary],
    known: Registry,
) -> list[Reproduced]:
    """Each printed row with its cell of the run, under each protocol."""
    cells = {
        (identity(row), protocol): cell_of(row, table, changed, known, protocol)
        for row, protocol in product(candidates(table), protocols(table))
    }
    planned_cells = result.plan.cells
    tasks = {planned.key: len(planned.tasks) for planned in planned_cells}
    found = []
    for row, protocol in product(table.rows(), protocols(table)):
        cell, reason = cells.get((identity(row), protocol), (None, "not comparable"))
        key = next((planned.key for planned in planned_cells if planned.resolved.cell == cell), "")
        failed = sum(failure.cell == key for failure in result.failures)
        problem = f"{failed} of {tasks[key]} tasks failed" if failed else "" if key in summaries else "not finished"
        if row.model or protocol == protocols(table)[0]:  # quoted rows are shown once
            found.append(Reproduced(row, protocol, key, summaries.get(key), reason or problem))
    return found


def beside(rows: Sequence[Reproduced], summaries: Mapping[str, Summary]) -> dict[str, Summary]:
    """The summaries of these rows, and of the baselines on the same windows."""
    keys = {each.key for each in rows}
    scored = {each.summary.comparison for each in rows if each.summary}
    return {key: summary for key, summary in summaries.items()
            if key in keys or (summary.baseline and summary.comparison in scored)}  # fmt: skip


def identity(row: PrintedRow) -> tuple[object, ...]:
    return row.label, row.target, row.pretrain


def candidates(table: PaperTable) -> list[PrintedRow]:
    """One printed row for each row of ours."""
    return list({identity(row): row for row in table.rows() if row.model}.values())


def cell_of(
    row: PrintedRow, table: PaperTable, changed: Mapping[str, Any], known: Registry, protocol: str = ""
) -> tuple[Cell | None, str]:
    """The cell of a printed row under a protocol (by default the paper's), or why there is none."""
    setting = {**table.setting, "protocol": [protocol or protocols(table)[0]]}
    alone = {**setting, **row.keys, "fusion": [row.fusion], "baselines": False}
    expansion = Expander(replace(Grid.from_mapping(alone, "a table of a paper"), **changed), known).expand()
    for resolved in expansion.requested:
        if set(resolved.cell.modalities) == set(row.modalities):
            return resolved.cell, ""
    return None, next((f"refused: {refusal.reason}" for refusal in expansion.refusals), "no such row")
