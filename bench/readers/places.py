"""Where data sets lie on this machine: one root, a folder or link per data set, tolerant of how people unpack."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

VARIABLE = "BENCH_DATA"
SIMULATED = "simulated"  # the folder below the root where stand-ins are written
MARKER = "SIMULATED.json"  # lies in the top folder of every stand-in


def root() -> Path:
    """The folder of all data sets: `--data` and BENCH_DATA name it, or it is the platform's."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser().absolute() if named else Path(platformdirs.user_data_dir("bench", appauthor=False))


def find(name: str, folders: Sequence[str], marks: Sequence[str]) -> Path | None:
    """The top folder of a data set: a real one before a stand-in."""
    for place in places(name, folders):
        for folder in down(place):
            if is_top(folder, marks):
                return folder
    return None


def given(folder: Path) -> list[str]:
    """The defects of a stand-in, as its marker file names them."""
    try:
        found = json.loads((folder / MARKER).read_text(encoding="utf-8"))["defects"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [str(each) for each in found] if isinstance(found, list) else []


def places(name: str, folders: Sequence[str]) -> list[Path]:
    """Where a data set is looked for, in this order."""
    below = root()
    wanted = {plain(each) for each in (name, *folders)}
    named = [each for each in listed(below) if plain(each.name) in wanted]
    return [*named, below, below / SIMULATED / name]


def down(folder: Path) -> Iterator[Path]:
    """A folder and, since archives are unpacked one level too deep now and then, those in it down to two levels."""
    yield folder
    first = [each for each in listed(folder) if each.name != SIMULATED]
    yield from first
    for each in first:
        yield from listed(each)


def is_top(folder: Path, marks: Sequence[str]) -> bool:
    """Whether a file is there that tells the top folder of the data set."""
    try:
        return any(next(folder.glob(mark), None) is not None for mark in marks)
    except OSError:
        return False


def is_closed(folder: Path) -> bool:
    """Whether a folder is there that may not be looked into."""
    return os.path.exists(folder) and not os.access(folder, os.R_OK | os.X_OK)  # noqa: PTH110 - raises nothing


def listed(folder: Path) -> list[Path]:
    """The folders in a folder, none where it cannot be read."""
    try:
        return sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
    except OSError:
        return []


def plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
