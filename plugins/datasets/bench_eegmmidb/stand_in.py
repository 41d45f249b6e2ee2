"""A simulated data set in the files of PhysioNet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.api.simulation import Episode, Script
from bench_eegmmidb.edf_writer import encode
from bench_eegmmidb.layout import EYES, FILE_LABELS, RATE, RUNS, SUBJECTS, path, subject_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.readers import StandIn

REST_SECONDS, RUN_SECONDS = 61.0, 125.0  # seconds of a run at rest, and of one with movements
SECONDS = {"T0": 4.2, "T1": 4.1, "T2": 4.1}
# Arousal and valence.
STATES = {"T0": (0.0, 0.0), "T1": (1.0, -1.0), "T2": (1.0, 1.0), "open": (0.0, 0.0), "closed": (-1.0, 0.0)}


def write(folder: Path, spec: StandIn) -> Iterator[str]:
    """Subjects from S001 on with 14 runs each; `spec.seconds` is the length of a run."""
    numbers = [number for number in SUBJECTS if number != 88][: spec.subjects]
    for name in map(subject_name, numbers):
        (folder / name).mkdir()
        for run in RUNS:
            path(folder, name, run).write_bytes(simulate_run(name, run, spec))
        yield name


def simulate_run(name: str, run: int, spec: StandIn) -> bytes:
    """The file of a run."""
    seconds = spec.seconds or (REST_SECONDS if run in EYES else RUN_SECONDS)
    annotations = [(0.0, seconds, "T0")] if run in EYES else cues(name, run, seconds, spec.seed)
    episodes = [Episode(onset, onset + lasts, *STATES[EYES.get(run, text)]) for onset, lasts, text in annotations]
    script = Script(spec.seed, name, f"R{run:02d}", seconds, episodes, {"eeg": (float(RATE), len(FILE_LABELS))})
    return encode(np.asarray(spec.simulate(script)["eeg"]), RATE, annotations)


def cues(name: str, run: int, seconds: float, seed: int) -> list[tuple[float, float, str]]:
    """Rest and movement in turn, equally often to either side."""
    count = int(seconds / (SECONDS["T0"] + SECONDS["T1"]))
    rng = np.random.default_rng([seed, int(name[1:]), run])
    moves = rng.permutation(np.arange(count) % 2) + 1
    annotations, onset = [], 0.0
    for text in (text for move in moves for text in ("T0", f"T{move}")):
        annotations.append((round(onset, 1), SECONDS[text], text))
        onset += SECONDS[text]
    return annotations
