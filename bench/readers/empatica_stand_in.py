"""Simulated recordings in the files of an Empatica E4."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bench.api.simulation import Script
from bench.readers.empatica import CLOCK, SENSORS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench.api import Array
    from bench.api.simulation import Episode
    from bench.readers.dataset import StandIn

DECIMALS = {"bvp": 2, "eda": 6, "temp": 2, "acc": 0, "hr": 2}
HEART_RATE_DELAY = 10  # seconds


@dataclass(frozen=True)
class Notation:
    """How an export of the device writes starts, numbers and lines."""

    time: Callable[[float], str]
    number: Callable[[float, int], str]  # from a value and its decimals
    separator: str  # between starts, and between rates
    newline: str
    intervals: str = ""  # above the second column of IBI.csv; empty where that is the start again


UNIX = Notation(lambda time: f"{time:.6f}", lambda value, digits: f"{value:.{digits}f}", ", ", "\n", "IBI")
ISO = Notation(
    lambda time: datetime.fromtimestamp(time, UTC).strftime(CLOCK),
    lambda value, digits: repr(round(float(value), digits)),
    ",",
    "\r\n",
)


@dataclass(frozen=True)
class Session:
    """What is simulated: one subject in episodes of arousal."""

    subject: str
    name: str
    seconds: float
    episodes: Sequence[Episode]


def write(folder: Path, start: int, session: Session, spec: StandIn, notation: Notation) -> Array:
    """Write the files of one session; returns the heart rate of each second from 10 s on."""
    rates = {key: (float(sensor.rate), len(sensor.channels)) for key, sensor in SENSORS.items() if key != "hr"}
    simulated = dict(
        spec.simulate(Script(spec.seed, session.subject, session.name, session.seconds, session.episodes, rates))
    )
    beats = beat_times(simulated["bvp"][0])
    simulated["hr"] = heart_rates(beats, session.seconds)[None]
    folder.mkdir(parents=True)
    for key, sensor in SENSORS.items():
        values = np.asarray(simulated[key], float) / sensor.scale
        rows = (np.rint(values) + 0.0 if key == "acc" else values).T  # -0.0 + 0.0 is 0.0
        first = notation.time(start + HEART_RATE_DELAY * sensor.late)
        heads = [notation.separator.join([text] * len(values)) for text in (first, notation.number(sensor.rate, 6))]
        lines = (",".join(notation.number(cell, DECIMALS[key]) for cell in row) for row in rows)
        write_lines(folder / sensor.file, [*heads, *lines], notation)
    head = notation.separator.join([notation.time(start), notation.intervals or notation.time(start)])
    intervals = [f"{notation.number(beat, 6)},{beat - before:.6f}" for before, beat in pairwise(beats)]
    write_lines(folder / "IBI.csv", [head, *intervals], notation)
    return np.asarray(simulated["hr"][0])


def write_lines(path: Path, lines: Sequence[str], notation: Notation) -> None:
    path.write_text("".join(line + notation.newline for line in lines), encoding="utf-8", newline="")


def beat_times(pulse: Array) -> Array:
    """Seconds of the peaks of the simulated pulse."""
    from scipy.signal import find_peaks

    return np.asarray(find_peaks(pulse, distance=26, prominence=20)[0] / SENSORS["bvp"].rate)


def heart_rates(beats: Array, seconds: float) -> Array:
    """Beats per minute over the preceding ten seconds, once a second from 10 s on."""
    ends = np.arange(HEART_RATE_DELAY, int(seconds) + 1)
    counts = np.searchsorted(beats, ends) - np.searchsorted(beats, ends - HEART_RATE_DELAY)
    return np.asarray(6.0 * counts)
