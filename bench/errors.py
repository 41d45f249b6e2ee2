"""Errors meant for people: one sentence that says what happened, what exists and what to type next.

BenchError                exit code 1: something failed
├── UsageError            exit code 2: the command asked for what does not exist or makes no sense
│   └── Refused           a combination of plugins that makes no sense, found before a file is read
├── PluginError           a plugin broke its contract
├── DataError             a recording is not as its dataset promises
├── TaskError             one fold cannot be trained or scored
└── StorageError          results or cache cannot be written or read

The command line catches BenchError in one place and prints it; any other exception is a defect of
the program and keeps its traceback.
"""

from __future__ import annotations

import difflib
import re
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

LONGEST = 1000  # characters of what an exception says


class BenchError(Exception):
    """Something failed, and the message is a sentence for the person who typed the command."""

    exit_code = 1


class UsageError(BenchError):
    """The command asked for something that does not exist or makes no sense."""

    exit_code = 2


class Refused(UsageError):  # noqa: N818 - reads as what happened
    """A combination of plugins that makes no sense."""


class PluginError(BenchError):
    """A plugin broke its contract."""


class DataError(BenchError):
    """A recording is not as its dataset promises."""


class TaskError(BenchError):
    """One fold cannot be trained or scored."""


class StorageError(BenchError):
    """Results or cache cannot be written or read."""


def unknown(what: str, name: str, known: Iterable[str], hint: str = "", *, of: str = "") -> UsageError:
    """The error for a name that does not exist: what was asked (and of what), the nearest name, all that exist."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    asked = f"{of[0].upper()}{of[1:]} has no {what} '{name}'" if of else f"There is no {what} '{name}'"
    guess = f"; did you mean '{near[0]}'?" if near else "."
    none = "It has none." if of else f"There is no {what} at all."
    listed = f"Known: {', '.join(names)}." if names else none
    return UsageError(f"{asked}{guess} {listed}{' ' + hint if hint else ''}")


def described(error: BaseException, packages: Container[str]) -> str:
    """An exception and where it was raised in these packages, as in `KeyError: 'am' (mylab/data.py:348)`."""
    return f"{type(error).__name__}{text_of(error)}{in_brackets(place(error, packages))}"


def text_of(error: BaseException) -> str:
    """What an exception says after a colon; nothing where it says nothing, or fails to."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - an exception of a plugin may raise another one
        return ""
    return f": {text[:LONGEST]}{'…' if len(text) > LONGEST else ''}" if text else ""


def sentence(error: BaseException, packages: Container[str]) -> str:
    """The message of an error meant for people; any other exception described."""
    return str(error) if isinstance(error, BenchError) else described(error, packages)


def in_brackets(text: str) -> str:
    """The text in brackets after a space; nothing if it is empty."""
    return f" ({text})" if text else ""


def place(error: BaseException, packages: Container[str]) -> str:
    """The last line of these packages in a traceback, as in `mylab/data.py:348`; empty if there is none."""
    found = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        module, file = str(frame.f_globals.get("__name__")), Path(frame.f_code.co_filename)
        if package_of(module) in packages and file.suffix:  # methods that a dataclass generates are in no file
            depth = module.count(".") + (2 if file.stem == "__init__" else 1)
            found = f"{'/'.join(file.parts[-depth:])}:{line}"
    return found


def place_in(log: str, packages: Container[str]) -> str:
    """The first line of these packages in what `faulthandler` has printed when a process crashed, in brackets."""
    for match in re.finditer(r'File "([^"]+)", line (\d+)', log):
        parts = Path(match[1]).with_suffix("").parts
        if any(part in packages for part in parts):
            return f" ({'/'.join(Path(match[1]).parts[-2:])}:{match[2]})"
    return ""


def packages_of(plugin: object) -> set[str]:
    """The top-level packages of a plugin's class and of those that it derives from, without this one."""
    return {package_of(cls.__module__) for cls in type(plugin).__mro__} - {"bench", "abc", "builtins"}


def package_of(module: str) -> str:
    """The top-level package of a module, or of an entry point such as `mylab.models:KNN`."""
    return module.partition(":")[0].partition(".")[0]
