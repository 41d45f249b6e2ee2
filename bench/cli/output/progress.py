"""Progress of a run: bars on a terminal, one line per minute elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from bench.cli.output.estimate import Estimate
from bench.planning.reporter import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.progress import Task

    from bench.api import TaskInfo
    from bench.planning.plan import Plan

EVERY = 60.0  # seconds between lines without a terminal, as in the log of a CI job


class Left(ProgressColumn):
    """The time that is left, beside the bar of all tasks."""

    def __init__(self, bars: Bars) -> None:
        super().__init__()
        self.bars = bars

    def render(self, task: Task) -> Text:
        left = self.bars.seconds_left() if task.id == self.bars.all_tasks else None
        if left is None or task.finished:
            return Text("")
        minutes, seconds = divmod(round(left), 60)
        return Text(f"about {minutes // 60}:{minutes % 60:02d}:{seconds:02d} left")


class Bars(Reporter):
    """Bars for preparation, all tasks, the folds of the current cell and the trials of searches, with the time left."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), Left(self))
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._step = self._progress.add_task("", visible=False)
        self.all_tasks = self._progress.add_task("all tasks", visible=False)
        self._cell = self._progress.add_task("", visible=False)
        self._trials = self._progress.add_task("trials", visible=False)
        self._searches: dict[tuple[str, str], tuple[int, int]] = {}  # cell, task -> trials done and in all
        self._labels: dict[str, str] = {}  # of cells that search
        self._folds: Counter[str] = Counter()
        self._done: Counter[str] = Counter()
        self._warned: set[str] = set()
        self._failed: dict[tuple[str, str], list[str]] = {}  # label and message -> tasks
        self._clock = clock
        self._started = self._reported = clock()
        self._estimate: Estimate | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        for (label, _message), (first, *more) in self._failed.items():
            if more:
                self.warn(f"{len(more)} more task{'s' if len(more) > 1 else ''} of {label} failed as {first} did.")
        self._progress.stop()

    def on_progress(self, text: str, done: int, total: int) -> None:
        self._progress.update(self._step, description=text, completed=done, total=total, visible=done < total)
        if self.due():  # a task, or the preparation, may take many minutes
            if self._folds:
                self.line(f"{text}, {done} of {total}")
            else:
                self._reported = self._clock()
                click.echo(f"{text}, {done} of {total}", err=True)

    def planned(self, plan: Plan) -> None:
        self._begin([cell.key for cell, _ in plan.pending], "all tasks")
        self._estimate = Estimate.of((cell for cell, _ in plan.pending), self._folds, self._clock())
        searching = [(cell, task) for cell, task in plan.pending if cell.resolved.trials]
        self._searches = {(cell.key, task): (0, cell.resolved.trials) for cell, task in searching}
        self._labels = {cell.key: cell.resolved.label for cell, _ in searching}
        for key, task in sorted(plan.damaged):
            self.warn(f"The stored task {key[:8]}/{task} is damaged; it runs again.")

    def trials(self, cell: str, task: str, done: int, total: int) -> None:
        self._searches[cell, task] = done, total
        if self._estimate:
            self._estimate.trials(cell, task, done, total, self._clock())
        self._show_trials(visible=True)
        if self.due():
            self.line(self._labels.get(cell, "search"))

    def _show_trials(self, *, visible: bool | None = None) -> None:
        done, total = self.trials_so_far()
        self._progress.update(self._trials, completed=done, total=total, visible=visible)

    def permuting(self, folds: Sequence[str]) -> None:
        self._begin(folds, "permuted folds")

    def _begin(self, folds: Sequence[str], text: str) -> None:
        """Count from 0 to the number of these folds, each of a cell."""
        self._started = self._reported = self._clock()
        self._folds, self._done, self._estimate, self._searches = Counter(folds), Counter(), None, {}
        self._progress.reset(self.all_tasks, total=len(folds), description=text, visible=bool(folds))

    def task(self, info: TaskInfo) -> None:
        self._done[info.cell] += 1
        if self._estimate:
            self._estimate.end(info.cell, info.seconds, self._clock(), info.task)
        self._progress.advance(self.all_tasks)
        done, total = self._done[info.cell], self._folds[info.cell]
        tried, _ = self._searches.pop((info.cell, info.task), (0, 0))
        if tried:
            self._searches[info.cell, info.task] = tried, tried
        self._show_trials()
        if done == 1:
            self._progress.reset(self._cell)
        self._progress.update(self._cell, description=info.label, completed=done, total=total, visible=done < total)
        if info.status == "failed":
            same = self._failed.setdefault((info.label, info.message), [])
            same.append(info.task)
            if len(same) == 1:
                self.warn(f"Failed: {info.label}, {info.task}: {info.message}")
        if self.due():
            self.line(info.label)

    def due(self) -> bool:
        """Whether the log gets a line."""
        return self._progress.disable and self._clock() - self._reported >= EVERY

    def line(self, label: str) -> None:
        """Print tasks and trials done, minutes passed and minutes left."""
        self._reported = self._clock()
        done, total = sum(self._done.values()), sum(self._folds.values())
        minutes = (self._reported - self._started) / 60
        left = self.seconds_left()
        time = "" if left is None else f", about {left / 60:.0f} min left"
        tried, trials = self.trials_so_far()
        of_trials = f", {tried} of {trials} trials" if tried else ""
        click.echo(f"{done} of {total} tasks{of_trials} in {minutes:.0f} min{time} ({label})", err=True)

    def trials_so_far(self) -> tuple[int, int]:
        """Trials done, and all that tasks make at most which have not ended."""
        found = list(self._searches.values())  # tasks report from threads of their own
        return sum(done for done, _ in found), sum(total for _, total in found)

    def seconds_left(self) -> float | None:
        """Of the whole run; permutations of a fold take all about as long."""
        done, total = sum(self._done.values()), sum(self._folds.values())
        if self._estimate:
            return self._estimate.seconds(self._clock())
        return (self._clock() - self._started) * (total - done) / done if done else None

    def warn(self, text: str) -> None:
        """Print a warning once."""
        if text in self._warned:
            return
        self._warned.add(text)
        if self._progress.disable:
            click.echo(text, err=True)
        else:
            self._progress.console.print(text, markup=False, highlight=False)
