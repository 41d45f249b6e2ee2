"""Progress on a terminal, nothing elsewhere: people one by one, and bytes of several files at once."""

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

TEXT = TextColumn("{task.description}", markup=False)


def progress(*columns: ProgressColumn) -> Progress:
    console = Console(stderr=True)
    return Progress(TEXT, BarColumn(), *columns, TextColumn("left"), TimeRemainingColumn(),
                    console=console, transient=True, disable=not console.is_terminal)  # fmt: skip


@contextlib.contextmanager
def steps() -> Iterator[Callable[[str, int, int], None]]:
    """A function that is told what is being done, how many steps are done, and how many there are."""
    with progress(MofNCompleteColumn(), TimeElapsedColumn()) as shown:
        task = shown.add_task("", visible=False)

        def tell(text: str, done: int, total: int) -> None:
            shown.update(task, description=text, completed=done, total=total, visible=done < total)

        yield tell


class Arrivals:
    """One bar for the bytes of all files; see `bench.data.acquisition.download.Watch`."""

    def __init__(self) -> None:
        self._progress = progress(DownloadColumn(), TransferSpeedColumn())
        self._task = self._progress.add_task("", visible=False)
        self._there: dict[str, int] = {}
        self._totals: dict[str, int] = {}  # as far as they are known
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

    def arrived(self, file: str, there: int, total: int) -> None:
        with self._lock:
            self._there[file] = there
            if total:
                self._totals[file] = total
            text = file if self._files == 1 else f"{self._done} of {self._files} files, {file}"
            arrived = sum(self._there.values())
            self._progress.update(self._task, completed=arrived, total=self._total(), description=text)

    def _total(self) -> float | None:
        """Of all files; those whose size is not known yet are taken to be like the others."""
        known = len(self._totals)
        return sum(self._totals.values()) / known * self._files if known else None

    def done(self, file: str) -> None:
        self._done += 1

    def unpacking(self, file: str) -> None:
        self._progress.update(self._task, description=f"unpacking {file}", total=None, visible=True)
