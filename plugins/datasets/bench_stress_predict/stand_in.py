"""Simulated subjects in the files of an Empatica E4, with a table of labels."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bench.api.simulation import Episode
from bench.errors import DataError
from bench.readers import empatica_stand_in
from bench.readers.empatica_stand_in import UNIX, Session
from bench_stress_predict.labels import TASKS
from bench_stress_predict.layout import LABELS, RAW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import Array
    from bench.readers import StandIn

SECONDS = 3300.0  # of a recording, about as in the real data set
MIN_SECONDS = 30.0
TRIAL_SECONDS = (630, 360, 312, 600, 302, 125, 950)  # about as in the real data set
FIRST_LABEL = 9  # seconds
START = 1644227574  # Unix time of the first subject
STRESSED = {"stroop": 0.8, "interview": 1.0, "hyperventilation": 0.9}  # arousal


def write(folder: Path, spec: StandIn) -> Iterator[str]:
    """Subjects from S02 on; `spec.seconds` is the length of a recording."""
    seconds = spec.seconds or SECONDS
    if seconds < MIN_SECONDS:
        raise DataError(f"A recording with {len(TASKS)} trials needs at least {MIN_SECONDS:g} s.")
    edges = trial_edges(seconds)
    (folder / LABELS).parent.mkdir(parents=True)
    with (folder / LABELS).open("w", encoding="utf-8", newline="\n") as table:
        table.write("Participant,HR,respr,Time(sec),Label\n")
        for number in range(2, spec.subjects + 2):
            start = START + 86400 * (number - 2)
            rates = write_subject(folder / RAW / f"S{number:02d}", start, seconds, edges, spec)
            table.writelines(label_lines(number, start, edges, rates))
            yield f"S{number:02d}"


def label_lines(subject: int, start: int, edges: list[int], rates: Array) -> Iterator[str]:
    """One line per second, with the heart rate of the next second; the first one is missing, as in the real data."""
    for number, (first, last) in enumerate(pairwise(edges)):
        for second in range(first, last):
            heart = f"{rates[second - FIRST_LABEL]:g}" if second > FIRST_LABEL else ""
            yield f"{subject},{heart},12.1276927,{start + second},{number % 2}\n"


def trial_edges(seconds: float) -> list[int]:
    """The starts of the trials and the end of the last one, in whole seconds."""
    shares = np.concatenate([[0], np.cumsum(TRIAL_SECONDS)]) / sum(TRIAL_SECONDS)
    return [int(edge) for edge in np.rint(FIRST_LABEL + shares * (int(seconds) - FIRST_LABEL))]


def write_subject(folder: Path, start: int, seconds: float, edges: list[int], spec: StandIn) -> Array:
    """Write the folder of a subject; returns the heart rate of each second from 10 s on."""
    episodes = [
        Episode(first, last, STRESSED.get(task, 0.0))
        for task, (first, last) in zip(TASKS, pairwise(edges), strict=True)
    ]
    rates = empatica_stand_in.write(folder, start, Session(folder.name, "1", seconds, episodes), spec, UNIX)
    (folder / f"tags_{folder.name}.csv").write_bytes("".join(f"{start + edge}\r\n" for edge in edges[1:-1]).encode())
    (folder / "info.txt").write_text(
        "Simulated files in the format of an Empatica E4: Unix time of the start, samples per second, samples.\n",
        encoding="utf-8",
    )
    return rates
