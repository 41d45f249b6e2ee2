"""Simulated people in the files of PhysioNet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.api.simulation import Episode, Script
from bench_eegmmidb.edf_writer import encoded
from bench_eegmmidb.layout import EYES, PEOPLE, RATE, RUNS, SPELLED, path, person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.readers import StandIn

REST, RUN = 61.0, 125.0  # seconds of a run at rest, and of one with movements
SECONDS = {"T0": 4.2, "T1": 4.1, "T2": 4.1}
FELT = {"T0": (0.0, 0.0), "T1": (1.0, -1.0), "T2": (1.0, 1.0), "open": (0.0, 0.0), "closed": (-1.0, 0.0)}
SLOW = 128  # Hz, of the person with the defect other-rate
DAMAGED = 3  # the run of the first person that suffers


def write(folder: Path, wanted: StandIn) -> Iterator[str]:
    """People from S001 on with 14 runs each; `wanted.seconds` is the length of a run."""
    chosen = [number for number in PEOPLE if number != 88][: wanted.subjects]
    rates = dict.fromkeys(map(person, chosen), RATE)
    if "other-rate" in wanted.defects:
        rates[person(88)] = SLOW
    for name, rate in rates.items():
        (folder / name).mkdir()
        for run in RUNS:
            content = one(name, run, rate, wanted)
            if run == DAMAGED and name == person(chosen[0]):
                content = content.replace(b"\n", b"\r\n") if "text-mode" in wanted.defects else content
                content = content[: len(content) // 2] if "cut-off" in wanted.defects else content
            path(folder, name, run).write_bytes(content)
        yield name


def one(name: str, run: int, rate: int, wanted: StandIn) -> bytes:
    """A run as its file."""
    seconds = wanted.seconds or (REST if run in EYES else RUN)
    annotations = [(0.0, seconds, "T0")] if run in EYES else cues(name, run, seconds, wanted.seed)
    episodes = [Episode(onset, onset + lasts, *FELT[EYES.get(run, text)]) for onset, lasts, text in annotations]
    script = Script(wanted.seed, name, f"R{run:02d}", seconds, episodes, {"eeg": (float(rate), len(SPELLED))})
    return encoded(np.asarray(wanted.simulate(script)["eeg"]), rate, annotations)


def cues(name: str, run: int, seconds: float, seed: int) -> list[tuple[float, float, str]]:
    """Rest and movement in turn, to either side as often as to the other."""
    count = int(seconds / (SECONDS["T0"] + SECONDS["T1"]))
    rng = np.random.default_rng([seed, int(name[1:]), run])
    moves = rng.permutation(np.arange(count) % 2) + 1
    found, onset = [], 0.0
    for text in (text for move in moves for text in ("T0", f"T{move}")):
        found.append((round(onset, 1), SECONDS[text], text))
        onset += SECONDS[text]
    return found
