"""File names in their two styles: CLASubjectA1601083StLRHand.mat and CLA-SubjectA-160108-3St-LRHand.mat."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PARADIGMS = ("CLA", "HaLT", "5F", "FREEFORM", "NoMT")
CANDIDATES = "*Subject[A-Z]*St*.mat"
MARKS = (CANDIDATES, *(f"{paradigm}/{CANDIDATES}" for paradigm in PARADIGMS))
STYLE = re.compile(
    rf"(?P<paradigm>{'|'.join(PARADIGMS)})-?Subject(?P<person>[A-Z])-?(?P<date>\d{{6}})-?(?P<states>\d)St-?(?P<rest>.*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Name:
    """What a file name tells."""

    path: Path
    paradigm: str
    subject: str
    session: str  # paradigm and date, and what sets a recording apart
    fast: bool  # recorded at 1000 Hz


def parsed(path: Path) -> Name | None:
    """The parts of a name, or None where it has neither style."""
    match = STYLE.fullmatch(path.stem)
    if match is None:
        return None
    paradigm = next(known for known in PARADIGMS if known.lower() == match["paradigm"].lower())
    rest = match["rest"].lower()
    session = f"{paradigm}-{match['date']}" + ("-Inter" if "inter" in rest else "")
    return Name(path, paradigm, f"Subject{match['person'].upper()}", session, "hfreq" in rest)


def recordings(folder: Path) -> tuple[list[Name], list[Path]]:
    """All recordings by person and date, and the files whose name is not understood."""
    found = {path: parsed(path) for mark in MARKS for path in folder.glob(mark)}
    known = sorted((name for name in found.values() if name), key=lambda name: (name.subject, name.session))
    return known, sorted(path for path, name in found.items() if name is None)
