"""File names of PsPM recordings: set, subject and session."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("*_spike_*.mat", "*pspm_*.mat")  # PsPM names imported files pspm_ and trimmed files tpspm_
FOLDERS = ("", "Data/", "PsPM*/", "PsPM*/Data/")
ROOT_PATTERNS = tuple(folder + kind for folder in FOLDERS for kind in KINDS)
SEPARATOR = re.compile(r"_?(?:spike|[a-z]?pspm)_")


@dataclass(frozen=True)
class RecordingName:
    """The parts of a file name: `SCRV_10_spike_07.mat` is subject 07 of the set SCRV_10."""

    path: Path
    subject: str
    session: str


def find_recordings(folder: Path) -> list[RecordingName]:
    """Every file below the top folder with the name of a PsPM recording, in natural order."""
    paths = {path for pattern in ROOT_PATTERNS for path in folder.glob(pattern)}
    names = (parse(path) for path in paths)
    return sorted(names, key=lambda name: (natural_key(name.subject), natural_key(name.session)))


def parse(path: Path) -> RecordingName:
    """Set, subject, and the session if more follows. A name that starts with pspm_ ends with the subject."""
    before, after = SEPARATOR.split(path.stem, maxsplit=1)
    if before:
        subject, _, session = after.partition("_")
        return RecordingName(path, f"{before}-{subject}", session or "1")
    group, _, subject = after.rpartition("_")
    return RecordingName(path, f"{group}-{subject}" if group else subject, "1")


def natural_key(text: str) -> list[tuple[int, str]]:
    """A sort key that puts 2 before 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)]
