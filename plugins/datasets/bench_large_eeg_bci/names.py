"""File names in two styles: CLASubjectA1601083StLRHand.mat and CLA-SubjectA-160108-3St-LRHand.mat."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PARADIGMS = ("CLA", "HaLT", "5F", "FREEFORM", "NoMT")
CANDIDATES = "*Subject[A-Z]*St*.mat"
ROOT_PATTERNS = (CANDIDATES, *(f"{paradigm}/{CANDIDATES}" for paradigm in PARADIGMS))
STYLE = re.compile(
    rf"(?P<paradigm>{'|'.join(PARADIGMS)})-?Subject(?P<subject>[A-Z])-?(?P<date>\d{{6}})-?(?P<states>\d)St-?(?P<rest>.*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class RecordingName:
    """The parts of a file name."""

    path: Path
    paradigm: str
    subject: str
    session: str  # paradigm, date, and -Inter for interactive recordings
    fast: bool  # recorded at 1000 Hz


def parse(path: Path) -> RecordingName | None:
    """The parts of a name; None where it has neither style."""
    match = STYLE.fullmatch(path.stem)
    if match is None:
        return None
    paradigm = next(known for known in PARADIGMS if known.lower() == match["paradigm"].lower())
    rest = match["rest"].lower()
    session = f"{paradigm}-{match['date']}" + ("-Inter" if "inter" in rest else "")
    return RecordingName(path, paradigm, f"Subject{match['subject'].upper()}", session, "hfreq" in rest)


def find_recordings(folder: Path) -> tuple[list[RecordingName], list[Path]]:
    """All recordings by subject and date, and files with an unknown name."""
    names = {path: parse(path) for pattern in ROOT_PATTERNS for path in folder.glob(pattern)}
    known = sorted((name for name in names.values() if name), key=lambda name: (name.subject, name.session))
    return known, sorted(path for path, name in names.items() if name is None)
