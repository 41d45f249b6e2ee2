"""Progress bars on a terminal, nothing elsewhere: for subjects one by one, and for the bytes of several files."""

from __future__ import annotations

import contextlib
from threading import Lock
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.readers import Download

DESCRIPTION = TextColumn("{task.description}", markup=False)


def progress(*columns: ProgressColumn) -> Progress:
    console = Console(stderr=True)
    return Progress(DESCRIPTION, BarColumn(), *columns, TextColumn("left"), TimeRemainingColumn(),
                    console=console, transient=True, disable=not console.is_terminal)  # fmt: skip


@contextlib.contextmanager
def step_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A callback that takes a description, the number of finished steps, and their total."""
    with progress(MofNCompleteColumn(), TimeElapsedColumn()) as bars:
        task = bars.add_task("", visible=False)

        def on_progress(text: str, done: int, total: int) -> None:
            bars.update(task, description=text, completed=done, total=total, visible=done < total)

        yield on_progress


class DownloadBar:
    """One bar for the bytes of all files: a `bench.data.acquisition.download.ProgressListener`."""

    def __init__(self) -> None:
        self._progress = progress(DownloadColumn(), TransferSpeedColumn())
        self._task = self._progress.add_task("", visible=False)
        self._received: dict[str, int] = {}
        self._totals: dict[str, int] = {}  # where known
        self._files, self._done = 0, 0
        self._lock = Lock()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def planned(self, files: Sequence[Download]) -> None:
        self._totals = {each.file: each.size for each in files if each.size}
        self._files = len(files)
        self._progress.update(self._task, total=self._total(), visible=bool(files))

    def received(self, file: str, size: int, total: int) -> None:
        with self._lock:
            self._received[file] = size
            if total:
                self._totals[file] = total
            text = file if self._files == 1 else f"{self._done} of {self._files} files, {file}"
            completed = sum(self._received.values())
            self._progress.update(self._task, completed=completed, total=self._total(), description=text)

    def _total(self) -> float | None:
        """Of all files, assuming that those of unknown size are like the others."""
        known = len(self._totals)
        return sum(self._totals.values()) / known * self._files if known else None

    def done(self, file: str) -> None:
        self._done += 1

    def unpacking(self, file: str) -> None:
        self._progress.update(self._task, description=f"unpacking {file}", total=None, visible=True)
