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

    def __add__(self, other: Times) -> Times:
        return Times(self.seconds + other.seconds, self.size + other.size)

    @property
    def rate(self) -> float | None:
        """Seconds of a task of size 1."""
        return self.seconds / self.size if self.size and self.seconds else None


@dataclass
class Search:
    """The trials of a task that runs."""

    began: float
    before: int  # trials that were stored when it began
    done: int
    total: int
    heard: float


@dataclass
class Estimate:
    """Each cell by its own times, or by those of its kind, or by all; corrected with each task or trial that ends."""

    kinds: Mapping[str, Kind]  # by the key of a cell
    left: dict[str, int]  # tasks of each cell
    started: float
    times: dict[str, Times] = field(default_factory=lambda: defaultdict(Times))  # of cells, of kinds, and of all ("")
    heard: float = 0.0  # when the last task or trial ended
    searches: dict[tuple[str, str], Search] = field(default_factory=dict)  # of tasks that run, by cell and task

    @classmethod
    def of(cls, cells: Iterable[PlannedCell], left: Mapping[str, int], now: float) -> Estimate:
        return cls({cell.key: kind_of(cell) for cell in cells}, dict(left), now, heard=now)

    def end(self, cell: str, seconds: float, now: float, task: str = "") -> None:
        self.left[cell] -= 1
        self.heard = now
        search = self.searches.pop((cell, task), None)
        share = max(1, search.total - search.before) / search.total if search else 1.0
        if seconds:  # otherwise another process has done it
            for name in self.names(cell):
                self.times[name].add(seconds, share * self.kinds[cell].size)

    def trials(self, cell: str, task: str, done: int, total: int, now: float) -> None:
        """The search of a task has done so many trials."""
        known = self.searches.get((cell, task))
        began, before = (known.began, known.before) if known else (now, done)
        self.searches[cell, task] = Search(began, before, done, total, now)
        if known:
            self.heard = now

    def seconds(self, now: float) -> float | None:
        """From now on; None before a task or a trial has ended."""
        times, share = self.so_far()
        every = times[""]
        if not every.seconds or self.heard <= self.started:
            return None
        side_by_side = every.seconds / (self.heard - self.started)
        work = sum((count - share.get(cell, 0.0)) * self.of_task(cell, times) for cell, count in self.left.items())
        return max(0.0, work / side_by_side - (now - self.heard))

    def so_far(self) -> tuple[Mapping[str, Times], Mapping[str, float]]:
        """The times with those of trials, and by cell the share of its running tasks that is done."""
        times, share = defaultdict(Times, self.times), dict[str, float]()
        for (cell, _), search in list(self.searches.items()):  # other threads add searches
            share[cell] = share.get(cell, 0.0) + search.done / search.total
            here = (search.done - search.before) / search.total
            for name in self.names(cell) if here else ():
                times[name] += Times(search.heard - search.began, here * self.kinds[cell].size)
        return times, share

    def of_task(self, cell: str, times: Mapping[str, Times]) -> float:
        rates = (times[name].rate for name in self.names(cell))
        return self.kinds[cell].size * next(rate for rate in rates if rate is not None)

    def names(self, cell: str) -> tuple[str, str, str]:
        """By which times of a cell are known, the nearest ones first."""
        return cell, self.kinds[cell].name, ""


def kind_of(cell: PlannedCell) -> Kind:
    """A model with its profile; the size counts fits, windows and modalities."""
    from bench.cli.output.preview import fits

    parts = cell.resolved
    size = fits(cell) * len(cell.windows.table) * max(1, len(parts.cell.modalities))
    return Kind(f"{parts.labels['model']} {parts.cell.profile}", float(size))
