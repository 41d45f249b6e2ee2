"""What a suite has to hold."""

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
    """It has grids, the same when asked twice."""
    grids = [dict(grid) for grid in suite.grids()]
    if not grids:
        raise PluginError("It has no grid; list at least one.")
    if [dict(grid) for grid in suite.grids()] != grids:
        raise PluginError("Its grids are others when asked again; list them in a fixed order.")


def grids_are_runnable(suite: Suite, registry: Registry) -> None:
    """Each grid is one that `bench run` takes, and what it names is installed."""
    for number, mapping in enumerate(suite.grids(), 1):
        try:
            found = Expander(Grid.from_mapping(mapping, f"grid {number}"), registry).expand()
        except BenchError as error:
            raise PluginError(f"Grid {number} cannot be run: {error}") from error
        if not found.requested:
            reason = next((refusal.reason for refusal in found.refusals), "it names nothing")
            raise PluginError(f"Grid {number} comes to nothing, since all of it is refused: {reason.rstrip('.')}.")


def printed_rows_are_run(suite: PaperTable, registry: Registry) -> None:
    """Each printed row that has a model is compared with a row that its grids run."""
    run = [found.cell for grid in grids(suite, {}) for found in Expander(grid, registry).expand().requested]
    for row in candidates(suite):
        cell, reason = cell_of(row, suite, {}, registry)
        if cell not in run:
            raise PluginError(f"The row '{row.label}' is not run: {reason or 'its grids do not have it'}.")


CHECKS = (grids_repeat, grids_are_runnable)
OF_TABLES = (printed_rows_are_run,)
