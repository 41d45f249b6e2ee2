"""Checks of suites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.errors import BenchError, PluginError
from bench.leaderboard.reproduction import candidates, cell_of, grids
from bench.planning.expansion import Expander
from bench.planning.grid import Grid

if TYPE_CHECKING:
    from bench.api import Suite
    from bench.api.papers import PaperTable
    from bench.registry import Registry


def grids_repeat(suite: Suite, registry: Registry) -> None:  # noqa: ARG001
    """It has one or more grids, the same in every call."""
    grids = [dict(grid) for grid in suite.grids()]
    if not grids:
        raise PluginError("It has no grid; list at least one.")
    if [dict(grid) for grid in suite.grids()] != grids:
        raise PluginError("A second call of grids() returns other grids; list them in a fixed order.")


def grids_are_runnable(suite: Suite, registry: Registry) -> None:
    """`bench run` accepts each grid, and the plugins that it names are installed."""
    for number, mapping in enumerate(suite.grids(), 1):
        try:
            found = Expander(Grid.from_mapping(mapping, f"grid {number}"), registry).expand()
        except BenchError as error:
            raise PluginError(f"Grid {number} cannot be run: {error}") from error
        if not found.requested:
            reason = next((refusal.reason for refusal in found.refusals), "it is empty")
            raise PluginError(f"All combinations of grid {number} are refused: {reason.rstrip('.')}.")


def printed_rows_are_run(suite: PaperTable, registry: Registry) -> None:
    """Each printed row that names a model is among the rows that its grids run."""
    run = [found.cell for grid in grids(suite, {}) for found in Expander(grid, registry).expand().requested]
    for row in candidates(suite):
        cell, reason = cell_of(row, suite, {}, registry)
        if cell not in run:
            raise PluginError(f"The row '{row.label}' is not run: {reason or 'no grid contains it'}.")


CHECKS = (grids_repeat, grids_are_runnable)
OF_TABLES = (printed_rows_are_run,)
