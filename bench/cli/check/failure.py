"""Why a check fails: the reason, where in the plugin, and the traceback."""

from __future__ import annotations

import contextlib
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.checks import Check
    from bench.registry import Entry


@dataclass(frozen=True)
class Failure:
    """A property that does not hold."""

    reason: str
    place: str  # the last line of the plugin that ran, as in model.py:23; empty if none did
    traceback: str

    def __str__(self) -> str:
        return f"{self.reason} ({self.place})" if self.place else self.reason


def failure(check: Check, entry: Entry) -> Failure | None:
    """Run a check; None if its property holds."""
    try:
        with contextlib.redirect_stdout(sys.stderr):  # keep stdout free of what the plugin prints
            check()
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other checks go on
        reason = str(error) if isinstance(error, BenchError) else f"{type(error).__name__}: {error}"
        return Failure(reason, place(error, entry), "".join(traceback.format_exception(error)))
    return None


def place(error: BaseException, entry: Entry) -> str:
    """The last line of the plugin's package in the traceback, or in that of a cause."""
    found = ""
    for each in causes(error):
        for frame in traceback.extract_tb(each.__traceback__):
            if belongs(frame.filename, entry):
                found = f"{Path(frame.filename).name}:{frame.lineno}"
    return found


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what caused it, and so on."""
    while error is not None:
        yield error
        error = error.__cause__


def belongs(file: str, entry: Entry) -> bool:
    """Whether a file is the plugin's module, or lies in its package."""
    name = entry.plugin.target.partition(":")[0]
    package = sys.modules.get(name.partition(".")[0])
    folders = list(getattr(package, "__path__", ()))
    return any(Path(file).is_relative_to(folder) for folder in folders) or file == getattr(package, "__file__", None)
