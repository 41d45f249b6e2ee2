"""How long the rest of a run takes, from the tasks that have ended."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bench.planning.planner import PlannedCell


@dataclass(frozen=True)
class Kind:
    """What tasks of a cell have in common with those of others."""

    name: str  # tasks with the same name take as long as their size says
    size: float  # of a task


@dataclass
class Times:
    """Tasks that have ended."""

    seconds: float = 0.0
    size: float = 0.0

    def add(self, seconds: float, size: float) -> None:
        self.seconds += seconds
        self.size += size

    @property
    def rate(self) -> float | None:
        """Seconds of a task of size 1."""
        return self.seconds / self.size if self.size and self.seconds else None


@dataclass
class Estimate:
    """Each cell by its own times, or by those of its kind, or by all; corrected with each task that ends."""

    kinds: Mapping[str, Kind]  # by the key of a cell
    left: dict[str, int]  # tasks of each cell
    started: float
    times: dict[str, Times] = field(default_factory=lambda: defaultdict(Times))  # of cells, of kinds, and of all ("")
    heard: float = 0.0  # when the last task ended

    @classmethod
    def of(cls, cells: Iterable[PlannedCell], left: Mapping[str, int], now: float) -> Estimate:
        return cls({cell.key: kind_of(cell) for cell in cells}, dict(left), now, heard=now)

    def end(self, cell: str, seconds: float, now: float) -> None:
        self.left[cell] -= 1
        self.heard = now
        if seconds:  # otherwise another process has done it
            kind = self.kinds[cell]
            for name in (cell, kind.name, ""):
                self.times[name].add(seconds, kind.size)

    def seconds(self, now: float) -> float | None:
        """From now on; None before a task has ended."""
        every = self.times[""]
        if not every.seconds or self.heard <= self.started:
            return None
        side_by_side = every.seconds / (self.heard - self.started)
        work = sum(count * self.of_task(cell) for cell, count in self.left.items())
        return max(0.0, work / side_by_side - (now - self.heard))

    def of_task(self, cell: str) -> float:
        kind = self.kinds[cell]
        rates = (self.times[name].rate for name in (cell, kind.name, ""))
        return kind.size * next(rate for rate in rates if rate is not None)


def kind_of(cell: PlannedCell) -> Kind:
    """A model with its profile; the size counts fits, windows and modalities."""
    from bench.cli.output.preview import fits

    parts = cell.resolved
    size = fits(cell) * len(cell.windows.table) * max(1, len(parts.cell.modalities))
    return Kind(f"{parts.labels['model']} {parts.cell.profile}", float(size))
