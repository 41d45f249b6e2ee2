"""What the store keeps of a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.cells.cell import Cell
from bench.results import migrations
from bench.results.environment import Environment
from bench.results.serialization import Record


@dataclass(frozen=True)
class RunItem:
    """A cell of a run."""

    key: str
    cell: Cell
    code: Mapping[str, Mapping[str, Any]]  # by role: version and digest
    data: str  # the key of the prepared data
    simulated: bool


@dataclass(frozen=True, kw_only=True)
class RunRecord(Record):
    """`runs/<id>.json`: what `bench run --from` needs to do the same again, and to say what differs."""

    SCHEMA = SEALED = 3
    MIGRATIONS = migrations.RUN

    run: str
    argv: tuple[str, ...] = ()  # as typed; empty for a run that was started from Python
    started: str = ""  # date and time, UTC
    items: tuple[RunItem, ...]
    seeds: tuple[int, ...]
    environment: Environment

    @property
    def cells(self) -> list[str]:
        """Their keys."""
        return [item.key for item in self.items]
