"""A table of a paper beside ours: which cell each printed row is compared with, and how far the two are apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from bench.leaderboard.comparison import FEWEST_FOLDS
from bench.planning.expansion import Expander
from bench.planning.grid import Grid
from bench.scoring import regression

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api.papers import PaperTable, PrintedRow
    from bench.cells.cell import Cell
    from bench.leaderboard.comparison import Summary
    from bench.planning.plan import Plan
    from bench.registry import Registry
    from bench.running.run import Outcome

PARTS = ("mean", "low", "high")
DIGITS = 4


@dataclass(frozen=True)
class Difference:
    """One metric of one row, in per cent; of a regression, as it is."""

    printed: float
    ours: float | None
    low: float | None  # the 95 % interval of ours, where there are folds enough
    high: float | None
    half_width: float | None = None  # of the printed interval, where there is one

    @property
    def value(self) -> float | None:
        return None if self.ours is None else round(self.ours - self.printed, DIGITS)

    @property
    def inside(self) -> bool | None:
        """Whether the printed number lies in the interval of ours."""
        return None if self.low is None or self.high is None else self.low <= self.printed <= self.high


@dataclass(frozen=True)
class Reproduced:
    """A printed row and what came of it here."""

    row: PrintedRow
    protocol: str  # of ours, as people type it
    key: str  # of our cell; none where there is no such cell
    summary: Summary | None
    problem: str  # why there are no numbers, or not all; none where all is well

    @property
    def identity(self) -> tuple[object, ...]:
        """What rival candidates for one row of ours share."""
        return (*identity(self.row), self.protocol)

    def differences(self) -> dict[str, Difference]:
        return {
            metric: replace(difference(printed, self.summary, metric), half_width=self.row.half_widths.get(metric))
            for metric, printed in self.row.printed.items()
        }


def difference(printed: float, summary: Summary | None, metric: str) -> Difference:
    found = summary["metrics"][metric] if summary else {"mean": None, "folds": []}
    scale = 1 if metric in regression.NAMES else 100
    known = {name: None if found.get(name) is None else round(scale * found[name], DIGITS) for name in PARTS}
    if len(found["folds"]) < FEWEST_FOLDS:
        known |= {"low": None, "high": None}
    return Difference(printed, known["mean"], known["low"], known["high"])


def grids(table: PaperTable, changed: Mapping[str, Any]) -> list[Grid]:
    """The grids of the table, with what a person wants otherwise."""
    return [replace(Grid.from_mapping(grid, "a table of a paper"), **changed) for grid in table.grids()]


def protocols(table: PaperTable) -> tuple[str, ...]:
    """Under which protocols each row is run, that of the paper first."""
    return Grid.from_mapping(table.setting, "a table of a paper").protocol


def compared(
    table: PaperTable, changed: Mapping[str, Any], made: Plan, outcome: Outcome, summaries: Mapping[str, Summary],
    known: Registry,
) -> list[Reproduced]:  # fmt: skip
    """Each printed row with its cell of the run, under each protocol."""
    cells = {
        (identity(row), protocol): cell_of(row, table, changed, known, protocol)
        for row, protocol in product(candidates(table), protocols(table))
    }
    tasks = {planned.key: len(planned.tasks) for planned in made.cells}
    found = []
    for row, protocol in product(table.rows(), protocols(table)):
        cell, reason = cells.get((identity(row), protocol), (None, "not comparable"))
        key = next((planned.key for planned in made.cells if planned.resolved.cell == cell), "")
        failed = sum(failure.cell == key for failure in outcome.failures)
        problem = f"{failed} of {tasks[key]} tasks failed" if failed else "" if key in summaries else "not finished"
        if row.model or protocol == protocols(table)[0]:  # a row that is only quoted is shown once
            found.append(Reproduced(row, protocol, key, summaries.get(key), reason or problem))
    return found


def beside(rows: Sequence[Reproduced], summaries: Mapping[str, Summary]) -> dict[str, Summary]:
    """Of all that was run, what belongs to these rows: their own summaries, and baselines on the same windows."""
    keys = {each.key for each in rows}
    scored = {each.summary["comparison"] for each in rows if each.summary}
    return {key: summary for key, summary in summaries.items()
            if key in keys or (summary["baseline"] and summary["comparison"] in scored)}  # fmt: skip


def identity(row: PrintedRow) -> tuple[object, ...]:
    return row.label, row.target, row.pretrain


def candidates(table: PaperTable) -> list[PrintedRow]:
    """One printed row for each row of ours."""
    return list({identity(row): row for row in table.rows() if row.model}.values())


def cell_of(
    row: PrintedRow, table: PaperTable, changed: Mapping[str, Any], known: Registry, protocol: str = ""
) -> tuple[Cell | None, str]:
    """The cell of a printed row under a protocol (none named: the paper's), or why there is none."""
    setting = {**table.setting, "protocol": [protocol or protocols(table)[0]]}
    alone = {**setting, **row.keys, "fusion": [row.fusion], "baselines": False}
    expansion = Expander(replace(Grid.from_mapping(alone, "a table of a paper"), **changed), known).expand()
    for resolved in expansion.requested:
        if set(resolved.cell.modalities) == set(row.modalities):
            return resolved.cell, ""
    return None, next((f"refused: {refusal.reason}" for refusal in expansion.refusals), "no such row")
