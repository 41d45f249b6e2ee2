"""A simulated ASCERTAIN in the folders of the real one, with irregular times.

`seconds` is the length of a clip; without it, clips are 51 to 127 s long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.api.simulation import Episode, Script
from bench_ascertain.layout import CLIPS, FEATURES, FOLDERS, PEOPLE, RATES, RAW, REPORTS, VARIABLES, clip, columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import Array
    from bench.readers import StandIn

SHORTEST, LONGEST = 51, 127  # seconds of a clip
WIDTHS = {"ecg": 6, "eda": 5, "eeg": 9}  # columns of a table
CHANNELS = {"ecg": 2, "eda": 1, "eeg": 8}
SIGNALS = {modality: (rate, CHANNELS[modality]) for modality, rate in RATES.items()}
JITTER = 0.2  # of the time between two samples


def write(folder: Path, wanted: StandIn) -> Iterator[str]:
    """The ratings of everybody, then the clips of those who are wanted."""
    from scipy.io import savemat

    felt = feelings(wanted)
    rated = ratings(felt, wanted)
    (folder / FEATURES[0]).mkdir()
    savemat(folder / FEATURES[0] / REPORTS, {"Ratings": rated}, do_compression=True)
    for person in range(1, wanted.subjects + 1):
        half = "incomplete" in wanted.defects and person == wanted.subjects
        for number in range(1, (CLIPS // 2 if half else CLIPS) + 1):
            for modality, table in tables(person, number, felt[person - 1, number - 1], wanted).items():
                place = folder / RAW[0] / f"{FOLDERS[modality]}Data" / f"Movie_P{person:02d}"
                place.mkdir(parents=True, exist_ok=True)
                savemat(clip(place, modality, number), {VARIABLES[modality]: table}, do_compression=True)
        yield f"P{person:02d}"


def feelings(wanted: StandIn) -> Array:
    """(person, clip, 2): arousal and valence from -1 to 1; clips come in four blocks, one per quadrant."""
    random = np.random.default_rng(wanted.seed)
    aimed = 0.6 * np.repeat([(1, 1), (-1, 1), (-1, -1), (1, -1)], CLIPS // 4, axis=0)
    return np.asarray(np.clip(aimed + random.normal(0, 0.25, (PEOPLE, CLIPS, 2)), -1, 1))


def ratings(felt: Array, wanted: StandIn) -> Array:
    """(5, person, clip): what people say; arousal and valence are never the same point of their scales."""
    random = np.random.default_rng([wanted.seed, 1])
    scale, offset = random.uniform(0.7, 1.0, (PEOPLE, 1, 1)), random.normal(0, 0.3, (PEOPLE, 1, 2))
    points = np.clip(np.round(3.5 * scale * felt + offset + random.normal(0, 0.4, felt.shape)), -3, 3)
    same = points[..., 0] == points[..., 1]
    points[..., 0][same] += np.where(points[..., 0][same] < 0, 1, -1)
    arousal, valence = points[..., 0] + 3, points[..., 1]
    if "exchanged" in wanted.defects:
        arousal, valence = valence, arousal
    return np.stack([arousal, valence, *random.integers(0, 7, (3, PEOPLE, CLIPS)).astype(float)])


def tables(person: int, number: int, felt: Array, wanted: StandIn) -> dict[str, Array]:
    """Modality -> (time, columns): ms, and the channels where this person has them."""
    random = np.random.default_rng([wanted.seed, person, number])
    length = np.random.default_rng([wanted.seed, number]).uniform(SHORTEST, LONGEST)  # for everybody alike
    seconds = float(wanted.seconds or round(length))
    episode = Episode(0.0, seconds, float(felt[0]), float(felt[1]))
    made = wanted.simulate(Script(wanted.seed, f"P{person:02d}", f"clip{number:02d}", seconds, [episode], SIGNALS))
    found = {}
    for modality, values in made.items():
        if modality == "eeg" and "no-eeg" in wanted.defects:
            continue
        even = np.arange(values.shape[1], dtype=float)
        late = even + np.where(even > 0, random.uniform(0, JITTER, len(even)), 0)
        table = random.normal(0, 0.01, (len(even), WIDTHS[modality]))  # columns that nobody uses
        table[:, 0] = 1000 * late / RATES[modality]
        for column, channel in zip(columns(modality, person), values, strict=True):
            table[:, column] = np.interp(late, even, channel)
        if "gap" in wanted.defects and (modality, person, number) == ("ecg", 1, 1):
            table = np.delete(table, np.s_[len(table) // 4 : 3 * len(table) // 4], axis=0)
        found[modality] = table
    return found
