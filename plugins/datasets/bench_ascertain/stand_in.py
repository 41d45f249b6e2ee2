"""A simulated ASCERTAIN in the folders of the real one, with irregular times.

`seconds` is the length of a clip; by default, clips are 51 to 127 s long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.api.simulation import Episode, Script
from bench_ascertain.layout import (
    FEATURES,
    FOLDERS,
    N_CLIPS,
    N_SUBJECTS,
    RATES,
    RAW,
    REPORTS,
    VARIABLES,
    clip_file,
    columns,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import Array
    from bench.readers import StandIn

SHORTEST, LONGEST = 51, 127  # seconds of a clip
WIDTHS = {"ecg": 6, "eda": 5, "eeg": 9}  # columns of a table
CHANNELS = {"ecg": 2, "eda": 1, "eeg": 8}
SIGNALS = {modality: (rate, CHANNELS[modality]) for modality, rate in RATES.items()}
JITTER = 0.2  # as a share of the time between two samples


def write(folder: Path, spec: StandIn) -> Iterator[str]:
    """The ratings of all subjects, then the clips of the simulated ones."""
    from scipy.io import savemat

    felt = feelings(spec)
    (folder / FEATURES[0]).mkdir()
    savemat(folder / FEATURES[0] / REPORTS, {"Ratings": ratings(felt, spec)}, do_compression=True)
    for subject in range(1, spec.subjects + 1):
        for number in range(1, N_CLIPS + 1):
            for modality, table in tables(subject, number, felt[subject - 1, number - 1], spec).items():
                clips = folder / RAW[0] / f"{FOLDERS[modality]}Data" / f"Movie_P{subject:02d}"
                clips.mkdir(parents=True, exist_ok=True)
                savemat(clip_file(clips, modality, number), {VARIABLES[modality]: table}, do_compression=True)
        yield f"P{subject:02d}"


def feelings(spec: StandIn) -> Array:
    """(subject, clip, 2): arousal and valence from -1 to 1; clips come in four blocks, one per quadrant."""
    random = np.random.default_rng(spec.seed)
    intended = 0.6 * np.repeat([(1, 1), (-1, 1), (-1, -1), (1, -1)], N_CLIPS // 4, axis=0)
    return np.asarray(np.clip(intended + random.normal(0, 0.25, (N_SUBJECTS, N_CLIPS, 2)), -1, 1))


def ratings(felt: Array, spec: StandIn) -> Array:
    """(5, subject, clip): ratings; arousal and valence are never the same point of their scales."""
    random = np.random.default_rng([spec.seed, 1])
    scale, offset = random.uniform(0.7, 1.0, (N_SUBJECTS, 1, 1)), random.normal(0, 0.3, (N_SUBJECTS, 1, 2))
    points = np.clip(np.round(3.5 * scale * felt + offset + random.normal(0, 0.4, felt.shape)), -3, 3)
    equal = points[..., 0] == points[..., 1]
    points[..., 0][equal] += np.where(points[..., 0][equal] < 0, 1, -1)
    arousal, valence = points[..., 0] + 3, points[..., 1]
    return np.stack([arousal, valence, *random.integers(0, 7, (3, N_SUBJECTS, N_CLIPS)).astype(float)])


def tables(subject: int, number: int, felt: Array, spec: StandIn) -> dict[str, Array]:
    """Modality -> (time, columns): ms, and the channels in the columns of this subject."""
    random = np.random.default_rng([spec.seed, subject, number])
    length = np.random.default_rng([spec.seed, number]).uniform(SHORTEST, LONGEST)  # for all subjects
    seconds = float(spec.seconds or round(length))
    episode = Episode(0.0, seconds, float(felt[0]), float(felt[1]))
    signals = spec.simulate(Script(spec.seed, f"P{subject:02d}", f"clip{number:02d}", seconds, [episode], SIGNALS))
    made = {}
    for modality, values in signals.items():
        even = np.arange(values.shape[1], dtype=float)
        late = even + np.where(even > 0, random.uniform(0, JITTER, len(even)), 0)
        table = random.normal(0, 0.01, (len(even), WIDTHS[modality]))  # in columns without a meaning
        table[:, 0] = 1000 * late / RATES[modality]
        for column, channel in zip(columns(modality, subject), values, strict=True):
            table[:, column] = np.interp(late, even, channel)
        made[modality] = table
    return made
