"""Why a check fails: the reason, where in the plugin, and the traceback."""

from __future__ import annotations

import contextlib
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.errors import BenchError, in_brackets, package_of, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.checks import Check
    from bench.registry import Entry


@dataclass(frozen=True)
class Failure:
    """A property that does not hold."""

    reason: str
    place: str  # the last line of the plugin that ran, as in mylab/model.py:23; empty if none did
    traceback: str

    def __str__(self) -> str:
        return self.reason + in_brackets(self.place)


def failure(check: Check, entry: Entry) -> Failure | None:
    """Run a check; None if its property holds."""
    try:
        with contextlib.redirect_stdout(sys.stderr):  # keep stdout free of what the plugin prints
            check()
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other checks go on
        reason = str(error) if isinstance(error, BenchError) else f"{type(error).__name__}: {error}"
        packages = {package_of(entry.plugin.target)}
        places = [place(each, packages) for each in causes(error)]
        return Failure(reason, next(filter(None, reversed(places)), ""), "".join(traceback.format_exception(error)))
    return None


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what caused it, and so on."""
    while error is not None:
        yield error
        error = error.__cause__
