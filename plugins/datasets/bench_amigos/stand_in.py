"""A simulated AMIGOS in the layout of the preprocessed release.

`seconds` is the length of each video after its baseline; by default, it follows from the number of rated intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api.simulation import Episode, Script
from bench_amigos.layout import (
    BASELINE,
    COLUMNS,
    EMOTIONS,
    LONG,
    N_SUBJECTS,
    NO_LONG,
    NO_LONG_RATINGS,
    PARTS,
    RATE,
    RATINGS,
    SHORT,
    rated_intervals,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import Array
    from bench.readers import StandIn

EXTRA = 37  # samples beyond whole seconds, since no real video has whole seconds
SIGNALS = {"eeg": (RATE, 14), "ecg": (RATE, 2), "eda": (RATE, 1)}


@dataclass(frozen=True)
class Trial:
    """The state of a subject during a video, from -1 to 1."""

    video: str
    samples: int  # after the baseline
    arousal: float
    valence: float


def write(folder: Path, spec: StandIn) -> Iterator[str]:
    """One file per subject."""
    for number in range(1, min(spec.subjects, N_SUBJECTS) + 1):
        write_subject(folder, f"P{number:02d}", spec)
        yield f"P{number:02d}"


def write_subject(folder: Path, subject: str, spec: StandIn) -> None:
    from scipy.io import savemat

    name = f"Data_Preprocessed_{subject}"
    (folder / name).mkdir()
    savemat(folder / name / f"{name}.mat", variables(subject, spec), do_compression=True, oned_as="row")


def variables(subject: str, spec: StandIn) -> dict[str, Array]:
    """The variables of a file: cells, one per video."""
    random = np.random.default_rng([spec.seed, int(subject[1:])])
    scale, offset = random.uniform(0.7, 1.0), random.normal(0, 0.4, 2)  # how this subject uses the scales
    videos = [cells(trial, subject, spec, random, scale, offset) for trial in trials(spec, random)]
    return {name: cell_array([video[name] for video in videos]) for name in videos[0]}


def trials(spec: StandIn, random: np.random.Generator) -> list[Trial]:
    """All videos: their effect on all subjects, and on this one."""
    made = []
    for index, (video, intervals) in enumerate({**SHORT, **LONG}.items()):
        samples = round((spec.seconds or 20 * (intervals - 2) + 10) * RATE) + EXTRA
        intended = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)][index % 4]) * 0.6
        arousal, valence = np.clip(intended + random.normal(0, 0.25, 2), -1, 1)
        made.append(Trial(video, samples, float(arousal), float(valence)))
    return made


def cells(
    trial: Trial, subject: str, spec: StandIn, random: np.random.Generator, scale: float, offset: Array
) -> dict[str, Any]:
    """The cell of one video in each variable."""
    felt = np.array([trial.arousal, trial.valence])
    intervals = rated_intervals(trial.samples)
    external = np.column_stack([np.arange(1, intervals + 1), felt[::-1] + random.normal(0, 0.2, (intervals, 2))])
    rating = ratings(felt, random, scale, offset)
    long = trial.video in LONG
    seen = not (long and subject in NO_LONG)
    return {
        "joined_data": signals(trial, subject, spec) if seen else np.zeros((0, 0)),
        "labels_selfassessment": rating if seen and not (long and subject in NO_LONG_RATINGS) else np.zeros((1, 0)),
        "labels_ext_annotation": external if subject not in NO_LONG else np.zeros((1, 0)),
        "VideoIDs": trial.video,
    }


def ratings(felt: Array, random: np.random.Generator, scale: float, offset: Array) -> Array:
    """(1, 12): five scales, then emotions, one of which is 1; arousal never equals valence."""
    row = np.zeros(RATINGS)
    row[:2] = 5 + 4 * scale * felt + offset + random.normal(0, 0.5, 2)
    row[2:5] = random.uniform(1, 9, 3)
    row[:5] = np.clip(row[:5], 1, 9).round(2)
    if row[0] == row[1]:
        row[1] += 0.5 if row[1] < 5 else -0.5
    row[5 + random.integers(len(EMOTIONS))] = 1
    return row[None]


def signals(trial: Trial, subject: str, spec: StandIn) -> Array:
    """(time, 17): EEG filtered and average-referenced as in the release, ECG, and GSR as a resistance in ohm."""
    from scipy.signal import butter, sosfiltfilt

    samples = BASELINE + trial.samples
    seconds = samples / RATE
    felt = Episode(BASELINE / RATE, seconds, trial.arousal, trial.valence)
    made = spec.simulate(Script(spec.seed, subject, trial.video, seconds, [felt], SIGNALS))
    data = np.empty((samples, COLUMNS))
    brain = sosfiltfilt(butter(2, (4, 45), "bandpass", fs=RATE, output="sos"), made["eeg"][:, :samples])
    data[:, PARTS["eeg"]] = (brain - brain.mean(axis=0)).T
    data[:, PARTS["ecg"]] = made["ecg"].T
    data[:, PARTS["eda"]] = 1e6 / made["eda"].T
    return data


def cell_array(contents: list[Any]) -> Array:
    """(1, n), as MATLAB has it."""
    made = np.empty((1, len(contents)), dtype=object)
    for index, content in enumerate(contents):
        made[0, index] = content
    return made
