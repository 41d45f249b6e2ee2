"""A simulated DREAMER: one file with everybody, nested as the real one.

`seconds` is the length of a film clip; without it they are 65 to 393 s long. Baselines are 61 s, or as short as the
clips where these are shorter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api.simulation import Episode, Script
from bench_dreamer.layout import BASELINE, CHANNELS, EEG, FILE, LONGEST, RATES, SHORTEST, VIDEOS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import Array
    from bench.readers import StandIn

SIGNALS = {modality: (rate, len(CHANNELS[modality])) for modality, rate in RATES.items()}


def write(folder: Path, wanted: StandIn) -> Iterator[str]:
    """Everybody is made, and written at the end."""
    from scipy.io import savemat

    data = np.empty((1, wanted.subjects), dtype=object)
    names = [f"S{number:02d}" for number in range(1, wanted.subjects + 1)]
    for place, name in enumerate(names):
        data[0, place] = person(place, name, wanted)
        if place + 1 < len(names):
            yield name
    electrodes = np.empty((1, len(EEG)), dtype=object)
    electrodes[0] = EEG
    top = {
        "Data": data,
        "EEG_SamplingRate": RATES["eeg"],
        "ECG_SamplingRate": 128.0 if "wrong-rate" in wanted.defects else RATES["ecg"],
        "EEG_Electrodes": electrodes,
        "noOfSubjects": float(wanted.subjects),
        "noOfVideoSequences": float(VIDEOS),
        "Disclaimer": "Simulated.",
        "Provider": "Simulated.",
        "Version": "1.0.2",
        "Acknowledgement": "Simulated.",
    }
    savemat(folder / FILE, {"DREAMER": top}, do_compression=True, oned_as="row")
    yield names[-1]


def person(place: int, name: str, wanted: StandIn) -> dict[str, Any]:
    """One cell of Data."""
    random = np.random.default_rng([wanted.seed, place])
    lengths = np.round(np.random.default_rng(wanted.seed).uniform(SHORTEST, LONGEST, VIDEOS))  # of everybody alike
    offset, scale = random.normal(0, 0.25, 2), random.uniform(0.7, 1.0)  # how this person uses the scales
    aimed = 0.6 * np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)] * VIDEOS)[:VIDEOS]
    felt = np.clip(aimed + random.normal(0, 0.25, (VIDEOS, 2)), -1, 1)
    scores = np.clip(np.round(3 + 2.2 * scale * felt + offset + random.normal(0, 0.3, felt.shape)), 1, 5)
    same = scores[:, 0] == scores[:, 1]  # an exchange of the two shows in every row
    scores[same, 0] += np.where(scores[same, 0] < 3, 1, -1)
    made: dict[str, Any] = {
        modality.upper(): {part: np.empty((VIDEOS, 1), dtype=object) for part in ("baseline", "stimuli")}
        for modality in RATES
    }
    for video in range(VIDEOS):
        seconds = float(wanted.seconds or lengths[video])
        before = min(float(BASELINE), seconds)
        episode = Episode(before, before + seconds, *map(float, felt[video]))
        script = Script(wanted.seed, name, f"v{video + 1:02d}", before + seconds, [episode], SIGNALS)
        for modality, values in wanted.simulate(script).items():
            cut = round(before * RATES[modality])
            rows = values.T.astype(np.float64)
            made[modality.upper()]["baseline"][video, 0] = rows[:cut]
            made[modality.upper()]["stimuli"][video, 0] = damaged(rows[cut:], modality, place, video, wanted)
    return {
        "Age": str(random.integers(22, 34)),
        "Gender": str(random.choice(["male", "female"])),
        "EEG": made["EEG"],
        "ECG": made["ECG"],
        "ScoreValence": scores[:, 1:],
        "ScoreArousal": scores[:, :1],
        "ScoreDominance": random.integers(1, 6, (VIDEOS, 1)).astype(float),
    }


def damaged(rows: Array, modality: str, place: int, video: int, wanted: StandIn) -> Array:
    """The rows, with a gap where one is asked for."""
    if "nan" in wanted.defects and (modality, place, video) == ("ecg", 0, 0):
        rows[: round(RATES["ecg"])] = np.nan
    return rows
