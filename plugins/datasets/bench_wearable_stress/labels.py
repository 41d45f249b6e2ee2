"""Stages of the stress sessions, between presses of the button, and self-reports of stress after each."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from bench.api import Segment
from bench.errors import DataError
from bench.readers.file_checks import printable
from bench_wearable_stress.layout import SESSIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench_wearable_stress.layout import Session

CLASSES = ("rest", "stress")
SESSION_CLASSES = tuple(name.lower() for name in SESSIONS)
TASKS = ("Stroop", "TMCT", "Real Opinion", "Opposite Opinion", "Subtract")
RESTS = ("Baseline", "First Rest", "Second Rest")
#: stage -> its stimulus; the two rests are one
STIMULI = {
    "Baseline": "task-1", "Stroop": "task-2", "First Rest": "task-3", "Second Rest": "task-3", "TMCT": "task-4",
    "Real Opinion": "task-5", "Opposite Opinion": "task-6", "Subtract": "task-7",
}  # fmt: skip
RATING = "stress"
MAX_LEVEL = 10
LOST = "seconds of stages after the end of a recording, or after a lost connection"


@dataclass(frozen=True)
class Protocol:
    """One of the two versions of the stress session."""

    levels: str  # the table of self-reports
    presses: int
    stages: Mapping[str, tuple[int, int]]  # name -> press at the start and at the end; 0 is the start of the recording


PROTOCOLS = {  # by the first letter of a subject
    "S": Protocol(
        "Stress_Level_v1.csv",
        13,
        {
            "Baseline": (0, 3), "Stroop": (3, 4), "First Rest": (4, 5), "TMCT": (5, 6), "Second Rest": (6, 7),
            "Real Opinion": (7, 8), "Opposite Opinion": (9, 10), "Subtract": (11, 12),
        },
    ),
    "f": Protocol(
        "Stress_Level_v2.csv",
        9,
        {
            "Baseline": (0, 2), "TMCT": (2, 3), "First Rest": (3, 4), "Real Opinion": (4, 5),
            "Opposite Opinion": (6, 7), "Second Rest": (7, 8), "Subtract": (8, 9),
        },
    ),
}  # fmt: skip


def read_levels(path: Path, protocol: Protocol) -> dict[str, dict[str, float]]:
    """Subject -> stage -> the self-report."""
    from bench.readers import tables

    table = tables.read(path, {"": str} | dict.fromkeys(protocol.stages, float))
    levels: dict[str, dict[str, float]] = {}
    for line, row in enumerate(table.to_dict("records"), 2):
        subject = str(row.pop(""))
        if subject in levels:
            raise DataError(f"{path} line {line}: '{printable(subject)}' is there twice.")
        for stage, level in row.items():
            if level < 0 or level > MAX_LEVEL:
                raise DataError(f"{path} line {line}, column '{stage}': {level:g} is not from 0 to {MAX_LEVEL}.")
        levels[subject] = {str(stage): float(level) for stage, level in row.items() if not isnan(level)}
    return levels


def stages(
    session: Session, presses: Sequence[float], protocol: Protocol, levels: Mapping[str, float], where: str
) -> tuple[list[Segment], dict[str, int]]:
    """Stages as trials, each inside the part of the recording in which it starts; and the seconds that are lost."""
    if len(presses) != protocol.presses:
        raise DataError(f"{where} has {len(presses)} presses of the button; expected {protocol.presses}.")
    edges = [0.0, *(press - session.zero for press in presses)]
    if edges[1] < 0:
        raise DataError(f"{where} begins {-edges[1]:g} s before the recording.")
    trials, lost = list[Segment](), 0.0
    for number, (stage, (first, last)) in enumerate(protocol.stages.items(), 1):
        start, stop = edges[first], edges[last]
        part_end = next((end for begin, end in reversed(session.parts) if begin <= start), start)
        end = min(stop, part_end)
        lost += stop - max(start, end)
        if start < end:
            targets = {"stress": CLASSES[stage in TASKS], "session": SESSION_CLASSES[0]}
            ratings = {RATING: levels[stage]} if stage in levels else {}
            trials.append(Segment(start, end, f"part-{number}", targets, ratings=ratings))
    return trials, {LOST: round(lost)} if round(lost) else {}


def exercise(session: Session, name: str) -> list[Segment]:
    """The parts of a recording as trials."""
    return [
        Segment(start, stop, f"part-{number}", {"session": name.lower()})
        for number, (start, stop) in enumerate(session.parts, 1)
    ]


def stimuli(protocol: Protocol) -> dict[str, str]:
    """Trial -> its stimulus."""
    return {f"part-{number}": STIMULI[stage] for number, stage in enumerate(protocol.stages, 1)}
