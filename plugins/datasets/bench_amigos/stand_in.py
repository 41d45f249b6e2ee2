"""A simulated AMIGOS in the layout of the preprocessed release.

`seconds` is the length of each video after its baseline; without it, videos are as long as the outside raters tell.
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
    NO_LONG,
    NO_LONG_RATINGS,
    PARTS,
    RATE,
    RATINGS,
    SHORT,
    episodes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import Array
    from bench.readers import StandIn

#: Whom a defect is about.
PEOPLE = {"no-long-videos": "P08", "no-long-ratings": "P32", "nan-eeg": "P09", "nan-peripheral": "P12"}
ODD = 37  # samples more than whole seconds, since no video is that round
SIGNALS = {"eeg": (RATE, 14), "ecg": (RATE, 2), "eda": (RATE, 1)}


@dataclass(frozen=True)
class Trial:
    """What a person felt at a video, from -1 to 1."""

    video: str
    samples: int  # after the baseline
    arousal: float
    valence: float


def write(folder: Path, wanted: StandIn) -> Iterator[str]:
    """One file per person."""
    from scipy.io import savemat

    everybody = [f"P{number:02d}" for number in range(1, 41)]
    needed = [PEOPLE[defect] for defect in wanted.defects if defect in PEOPLE]
    others = [person for person in everybody if person not in needed]
    for person in sorted(needed + others[: max(0, wanted.subjects - len(needed))]):
        name = f"Data_Preprocessed_{person}"
        place = folder if "flat" in wanted.defects else folder / name
        place.mkdir(exist_ok=True)
        savemat(place / f"{name}.mat", variables(person, wanted), do_compression=True, oned_as="row")
        yield person


def variables(person: str, wanted: StandIn) -> dict[str, Array]:
    """The variables of a file: cells, one per video."""
    random = np.random.default_rng([wanted.seed, int(person[1:])])
    scale, offset = random.uniform(0.7, 1.0), random.normal(0, 0.4, 2)  # how this person uses the scales
    made = [cells(trial, person, wanted, random, scale, offset) for trial in trials(wanted, random)]
    if "another-order" in wanted.defects:
        made = [made[place] for place in random.permutation(len(made))]
    return {name: cell_array([each[name] for each in made]) for name in made[0]}


def trials(wanted: StandIn, random: np.random.Generator) -> list[Trial]:
    """All videos: what it does to everybody, and what this person makes of it."""
    made = []
    for place, (video, judged) in enumerate({**SHORT, **LONG}.items()):
        samples = round((wanted.seconds or 20 * (judged - 2) + 10) * RATE) + ODD
        aimed = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)][place % 4]) * 0.6
        arousal, valence = np.clip(aimed + random.normal(0, 0.25, 2), -1, 1)
        made.append(Trial(video, samples, float(arousal), float(valence)))
    return made


def cells(
    trial: Trial, person: str, wanted: StandIn, random: np.random.Generator, scale: float, offset: Array
) -> dict[str, Any]:
    """What one video is in each variable."""
    felt = np.array([trial.arousal, trial.valence])
    judged = episodes(trial.samples)
    outside = np.column_stack([np.arange(1, judged + 1), felt[::-1] + random.normal(0, 0.2, (judged, 2))])
    rating = ratings(felt, random, scale, offset)
    if "swapped" in wanted.defects:
        rating[0, :2] = rating[0, 1::-1]
    long = trial.video in LONG
    seen = not (long and person in NO_LONG)
    return {
        "joined_data": signals(trial, person, wanted) if seen else np.zeros((0, 0)),
        "labels_selfassessment": rating if seen and not (long and person in NO_LONG_RATINGS) else np.zeros((1, 0)),
        "labels_ext_annotation": outside if person not in NO_LONG else np.zeros((1, 0)),
        "VideoIDs": trial.video,
    }


def ratings(felt: Array, random: np.random.Generator, scale: float, offset: Array) -> Array:
    """(1, 12): five scales, and which emotion was ticked; arousal is never valence."""
    row = np.zeros(RATINGS)
    row[:2] = 5 + 4 * scale * felt + offset + random.normal(0, 0.5, 2)
    row[2:5] = random.uniform(1, 9, 3)
    row[:5] = np.clip(row[:5], 1, 9).round(2)
    if row[0] == row[1]:
        row[1] += 0.5 if row[1] < 5 else -0.5
    row[5 + random.integers(len(EMOTIONS))] = 1
    return row[None]


def signals(trial: Trial, person: str, wanted: StandIn) -> Array:
    """(time, 17): EEG filtered and average-referenced as in the release, ECG, and GSR as a resistance in ohm."""
    from scipy.signal import butter, sosfiltfilt

    samples = BASELINE + trial.samples
    seconds = samples / RATE
    felt = Episode(BASELINE / RATE, seconds, trial.arousal, trial.valence)
    made = wanted.simulate(Script(wanted.seed, person, trial.video, seconds, [felt], SIGNALS))
    data = np.empty((samples, COLUMNS))
    brain = sosfiltfilt(butter(2, (4, 45), "bandpass", fs=RATE, output="sos"), made["eeg"][:, :samples])
    data[:, PARTS["eeg"]] = (brain - brain.mean(axis=0)).T
    data[:, PARTS["ecg"]] = made["ecg"].T
    data[:, PARTS["eda"]] = 1e6 / made["eda"].T
    for defect, damaged in {"nan-eeg": ["eeg"], "nan-peripheral": ["ecg", "eda"]}.items():
        if defect in wanted.defects and person == PEOPLE[defect]:
            for modality in damaged:
                data[:, PARTS[modality]] = np.nan
    return data


def cell_array(contents: list[Any]) -> Array:
    """(1, n), as MATLAB has it."""
    made = np.empty((1, len(contents)), dtype=object)
    for place, content in enumerate(contents):
        made[0, place] = content
    return made
