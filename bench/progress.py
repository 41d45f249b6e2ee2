"""How far long work is, told to whoever listens in this process."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_listeners: list[Callable[[str, int, int], None]] = []
_trial_listeners: list[Callable[[str, str, int, int], None]] = []


@contextlib.contextmanager
def listening(
    listener: Callable[[str, int, int], None], to_trials: Callable[[str, str, int, int], None] | None = None
) -> Iterator[None]:
    _listeners.append(listener)
    if to_trials:
        _trial_listeners.append(to_trials)
    try:
        yield
    finally:
        _listeners.remove(listener)
        if to_trials:
            _trial_listeners.remove(to_trials)


def notify(text: str, done: int, total: int) -> None:
    """What is being done, and how much of it is done."""
    for listener in _listeners:
        listener(text, done, total)


def trials(cell: str, task: str, done: int, total: int) -> None:
    """How many trials the search of a task has done, of those that it makes at most."""
    for listener in _trial_listeners:
        listener(cell, task, done, total)


def remark(text: str) -> None:
    """Something that the user should know: 0 of 0 for listeners, and printed where nobody listens."""
    notify(text, 0, 0)
    if not _listeners:
        print(text, file=sys.stderr)  # noqa: T201 - as while a run is planned, or in a worker process
