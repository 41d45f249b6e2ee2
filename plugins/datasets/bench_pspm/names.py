"""File names of PsPM recordings: which set, which person, which session."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("*_spike_*.mat", "*pspm_*.mat")  # the second as PsPM itself names what it imports (pspm_) and trims (tpspm_)
PLACES = ("", "Data/", "PsPM*/", "PsPM*/Data/")
MARKS = tuple(place + kind for place in PLACES for kind in KINDS)
MARKER = re.compile(r"_?(?:spike|[a-z]?pspm)_")


@dataclass(frozen=True)
class Name:
    """What a file name tells: `SCRV_10_spike_07.mat` is person 07 of the set SCRV_10."""

    path: Path
    subject: str
    session: str


def recordings(folder: Path) -> list[Name]:
    """Every file below the top folder that is named like a PsPM recording, in a natural order."""
    found = {path for mark in MARKS for path in folder.glob(mark)}
    return sorted((parsed(path) for path in found), key=lambda name: (natural(name.subject), natural(name.session)))


def parsed(path: Path) -> Name:
    """Set and person; what follows the person is the session. A file that begins with pspm_ ends in its person."""
    before, after = MARKER.split(path.stem, maxsplit=1)
    if before:
        person, _, session = after.partition("_")
        return Name(path, f"{before}-{person}", session or "1")
    group, _, person = after.rpartition("_")
    return Name(path, f"{group}-{person}" if group else person, "1")


def natural(text: str) -> list[tuple[int, str]]:
    """A key that puts 2 before 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)]
