"""Simulated people in the files of an Empatica E4, with labels beside them."""

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

USUAL = 3300.0  # seconds of a recording, about as in the real data set
SHORTEST = 30.0
TYPICAL = (630, 360, 312, 600, 302, 125, 950)  # seconds of the runs of one label in the real data set
FIRST = 9  # the second of the first label
ZERO = 1644227574  # Unix time at which the first person starts
STRESSED = {"stroop": 0.8, "interview": 1.0, "hyperventilation": 0.9}  # arousal
LOST = 20  # seconds that the sensors of a person lack who stopped early


def write(folder: Path, wanted: StandIn) -> Iterator[str]:
    """People from S02 on; `wanted.seconds` is the length of a person's recording."""
    seconds = wanted.seconds or USUAL
    if seconds < SHORTEST:
        raise DataError(f"A person is recorded for {SHORTEST:g} s or more, as there are {len(TASKS)} trials in it.")
    edges = runs(seconds)
    people = [f"S{number:02d}" for number in range(2, wanted.subjects + 2)]
    (folder / LABELS).parent.mkdir(parents=True)
    with (folder / LABELS).open("w", encoding="utf-8", newline="\n") as table:
        table.write("Participant,HR,respr,Time(sec),Label\n")
        for name in ["S01"] * ("no-labels" in wanted.defects) + people:
            zero = ZERO + 86400 * (int(name[1:]) - 2)
            early = LOST * ("stopped-early" in wanted.defects and name == people[-1])
            rates = person(folder / RAW / name, zero, (seconds, early), edges, wanted)
            if name != "S01":
                table.writelines(label_lines(int(name[1:]), zero, edges, rates))
            yield name


def label_lines(person: int, zero: int, edges: list[int], rates: Array) -> Iterator[str]:
    """One per second, with the heart rate of a second later; the first is missing, as some are in the real data set."""
    for number, (first, last) in enumerate(pairwise(edges)):
        for second in range(first, last):
            heart = f"{rates[second - FIRST]:g}" if second > FIRST else ""
            yield f"{person},{heart},12.1276927,{zero + second},{number % 2}\n"


def runs(seconds: float) -> list[int]:
    """Where the runs of one label begin, and where the last one ends, in whole seconds."""
    shares = np.concatenate([[0], np.cumsum(TYPICAL)]) / sum(TYPICAL)
    return [int(edge) for edge in np.rint(FIRST + shares * (int(seconds) - FIRST))]


def person(folder: Path, zero: int, length: tuple[float, int], edges: list[int], wanted: StandIn) -> Array:
    """Write the folder of one person; gives the heart rate of each second from 10 s on."""
    (seconds, early), name = length, folder.name
    episodes = [
        Episode(first, last, STRESSED.get(task, 0.0))
        for task, (first, last) in zip(TASKS, pairwise(edges), strict=True)
    ]
    sensors = {key: (float(sensor.rate), len(sensor.channels)) for key, sensor in SENSORS.items() if key != "hr"}
    simulated = dict(wanted.simulate(Script(wanted.seed, name, "1", seconds, episodes, sensors)))
    beats = find_peaks(simulated["bvp"][0], distance=26, prominence=20)[0] / SENSORS["bvp"].rate
    rates = heart_rates(beats, seconds)
    simulated["hr"] = rates[None]
    formats = {"bvp": "%.2f", "eda": "%.6f", "temp": "%.2f", "acc": "%d", "hr": "%.2f"}
    folder.mkdir(parents=True)
    for key, sensor in SENSORS.items():
        values = np.asarray(simulated[key], float) / sensor.scale
        values = values[:, : values.shape[1] - early * sensor.rate]
        start = zero + 10 * sensor.late
        head = "".join(", ".join([f"{number:.6f}"] * len(values)) + "\n" for number in (start, sensor.rate))
        rounded = np.rint(values) if key == "acc" else values
        with (folder / sensor.file).open("w", encoding="utf-8", newline="\n") as file:
            file.write(head)
            np.savetxt(file, rounded.T, fmt=formats[key], delimiter=",")
    intervals = [f"{beat:.6f},{beat - before:.6f}\n" for before, beat in pairwise(beats)]
    (folder / "IBI.csv").write_text(f"{zero:.6f}, IBI\n" + "".join(intervals), encoding="utf-8")
    (folder / f"tags_{name}.csv").write_bytes("".join(f"{zero + edge}\r\n" for edge in edges[1:-1]).encode())
    (folder / "info.txt").write_text(
        "Simulated files in the format of an Empatica E4: Unix time of the start, samples per second, samples.\n",
        encoding="utf-8",
    )
    return rates


def heart_rates(beats: Array, seconds: float) -> Array:
    """Beats per minute over the last ten seconds, once a second from 10 s on."""
    ends = np.arange(10, int(seconds) + 1)
    counted = np.searchsorted(beats, ends) - np.searchsorted(beats, ends - 10)
    return np.asarray(6.0 * counted)
