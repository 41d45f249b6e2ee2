"""How far long work is, told to whoever listens in this process."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_listeners: list[Callable[[str, int, int], None]] = []


@contextlib.contextmanager
def listening(listener: Callable[[str, int, int], None]) -> Iterator[None]:
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def notify(text: str, done: int, total: int) -> None:
    """What is being done, and how much of it is done; of a remark, 0 of 0."""
    for listener in _listeners:
        listener(text, done, total)
