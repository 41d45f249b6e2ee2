"""Simulated subjects in the files of an Empatica E4, with a table of labels."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import find_peaks

from bench.api.simulation import Episode, Script
from bench.errors import DataError
from bench_stress_predict.labels import TASKS
from bench_stress_predict.layout import LABELS, RAW, SENSORS

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
    name = folder.name
    episodes = [
        Episode(first, last, STRESSED.get(task, 0.0))
        for task, (first, last) in zip(TASKS, pairwise(edges), strict=True)
    ]
    sensors = {key: (float(sensor.rate), len(sensor.channels)) for key, sensor in SENSORS.items() if key != "hr"}
    simulated = dict(spec.simulate(Script(spec.seed, name, "1", seconds, episodes, sensors)))
    beats = find_peaks(simulated["bvp"][0], distance=26, prominence=20)[0] / SENSORS["bvp"].rate
    rates = heart_rates(beats, seconds)
    simulated["hr"] = rates[None]
    formats = {"bvp": "%.2f", "eda": "%.6f", "temp": "%.2f", "acc": "%d", "hr": "%.2f"}
    folder.mkdir(parents=True)
    for key, sensor in SENSORS.items():
        values = np.asarray(simulated[key], float) / sensor.scale
        first = start + 10 * sensor.late
        head = "".join(", ".join([f"{number:.6f}"] * len(values)) + "\n" for number in (first, sensor.rate))
        rounded = np.rint(values) if key == "acc" else values
        with (folder / sensor.file).open("w", encoding="utf-8", newline="\n") as file:
            file.write(head)
            np.savetxt(file, rounded.T, fmt=formats[key], delimiter=",")
    intervals = [f"{beat:.6f},{beat - before:.6f}\n" for before, beat in pairwise(beats)]
    (folder / "IBI.csv").write_text(f"{start:.6f}, IBI\n" + "".join(intervals), encoding="utf-8")
    (folder / f"tags_{name}.csv").write_bytes("".join(f"{start + edge}\r\n" for edge in edges[1:-1]).encode())
    (folder / "info.txt").write_text(
        "Simulated files in the format of an Empatica E4: Unix time of the start, samples per second, samples.\n",
        encoding="utf-8",
    )
    return rates


def heart_rates(beats: Array, seconds: float) -> Array:
    """Beats per minute over the preceding ten seconds, once a second from 10 s on."""
    ends = np.arange(10, int(seconds) + 1)
    counts = np.searchsorted(beats, ends) - np.searchsorted(beats, ends - 10)
    return np.asarray(6.0 * counts)
