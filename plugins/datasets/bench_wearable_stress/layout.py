"""Folders of sessions and subjects, and recordings that are in parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Signal
from bench.errors import DataError
from bench.readers import empatica

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TOP = "Wearable_Dataset"
STRESS, AEROBIC, ANAEROBIC = "STRESS", "AEROBIC", "ANAEROBIC"
#: folder -> session. Numbers instead of words, so that the names do not give labels away.
SESSIONS = {STRESS: "1", AEROBIC: "2", ANAEROBIC: "3"}
PRESSES = "tags.csv"
FOLDER = re.compile(r"([Sf]\d\d)(_[a-z])?")
COVERED = {(STRESS, "f07"): ("bvp", "temp", "hr")}  # sensors under a protection dock
REPEATED = {(STRESS, "S02"): 1548}  # seconds after which EDA.csv begins again; other files 0.2 s later
MAX_GAP = 3600  # seconds between two parts; in the release up to 220


@dataclass(frozen=True)
class Session:
    """The parts of one session on one clock."""

    zero: float  # Unix time of second 0
    parts: tuple[tuple[float, float], ...]  # start and stop of each, in which all sensors record
    signals: dict[str, Signal]  # NaN between the parts
    repeated: float  # seconds that were cut off at the end


def folders(root: Path, session: str) -> dict[str, list[Path]]:
    """Subject -> its folders in order of time: one, or several where the connection was lost."""
    found: dict[str, list[Path]] = {}
    for path in sorted((root / TOP / session).glob("*")):
        if path.is_dir() and (name := FOLDER.fullmatch(path.name)):
            found.setdefault(name[1], []).append(path)
    return found


def modalities(session: str, subject: str) -> list[str]:
    """The sensors that measured something."""
    covered = COVERED.get((session, subject), ())
    return [name for name in empatica.SENSORS if name not in covered]


def read(parts: Sequence[Path], session: str, subject: str) -> Session:
    """All parts of a session, at the distance of their clocks."""
    names = modalities(session, subject)
    end = REPEATED.get((session, subject), np.inf)
    zero, stop, spans, repeated = 0.0, 0.0, list[tuple[float, float]](), 0.0
    pieces: dict[str, list[tuple[float, Signal]]] = {name: [] for name in names}
    for number, folder in enumerate(parts):
        start, signals = empatica.signals(folder, names)
        zero = start if number == 0 else zero
        offset = start - zero
        if not stop <= offset <= stop + MAX_GAP or not offset.is_integer():
            raise DataError(
                f"{folder} starts {offset - stop:g} s after the end of {parts[number - 1].name}; expected whole "
                f"seconds up to {MAX_GAP}."
            )
        stop = offset + max(map(seconds, signals.values()))
        repeated = max(0.0, stop - end)
        for name, signal in signals.items():
            pieces[name].append((offset, signal))
        spans.append((offset, min(offset + min(map(seconds, signals.values())), end)))
    return Session(zero, tuple(spans), {name: join(pieces[name], end) for name in names}, repeated)


def seconds(signal: Signal) -> float:
    return float(signal.values.shape[1] / signal.rate)


def join(pieces: Sequence[tuple[float, Signal]], end: float) -> Signal:
    """One signal from pieces and their starts, up to a second."""
    last = pieces[-1][1]
    firsts = [round(start * last.rate) for start, _ in pieces]
    values = np.full((len(last.values), firsts[-1] + last.values.shape[1]), np.nan, np.float32)
    for first, (_, piece) in zip(firsts, pieces, strict=True):
        values[:, first : first + piece.values.shape[1]] = piece.values
    if np.isfinite(end):
        values = values[:, : round(end * last.rate)]
    return Signal(values, last.rate, last.unit, last.channels)


def exclusions(session: Session, name: str, subject: str) -> dict[str, int]:
    """What a recording leaves out: seconds that repeat its start, and covered sensors."""
    covered = COVERED.get((name, subject), ())
    counts = {
        f"seconds that repeat the start of the recording ({subject})": round(session.repeated),
        f"signals of sensors that were covered ({', '.join(covered)} of {subject})": len(covered),
    }
    return {reason: count for reason, count in counts.items() if count}
