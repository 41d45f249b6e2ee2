"""A simulated DREAMER: one file with all subjects, nested like the real one.

`seconds` is the length of a film clip; by default, clips are 65 to 393 s long. Baselines take 61 s, or as long as the
clips where these are shorter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api.simulation import Episode, Script
from bench_dreamer.layout import BASELINE, CHANNELS, EEG, FILE, LONGEST, N_VIDEOS, RATES, SHORTEST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.readers import StandIn

SIGNALS = {modality: (rate, len(CHANNELS[modality])) for modality, rate in RATES.items()}


def write(folder: Path, spec: StandIn) -> Iterator[str]:
    """Simulate all subjects, then write the file."""
    from scipy.io import savemat

    data = np.empty((1, spec.subjects), dtype=object)
    names = [f"S{number:02d}" for number in range(1, spec.subjects + 1)]
    for index, name in enumerate(names):
        data[0, index] = simulate_subject(index, name, spec)
        if index + 1 < len(names):
            yield name
    electrodes = np.empty((1, len(EEG)), dtype=object)
    electrodes[0] = EEG
    top = {
        "Data": data,
        "EEG_SamplingRate": RATES["eeg"],
        "ECG_SamplingRate": RATES["ecg"],
        "EEG_Electrodes": electrodes,
        "noOfSubjects": float(spec.subjects),
        "noOfVideoSequences": float(N_VIDEOS),
        "Disclaimer": "Simulated.",
        "Provider": "Simulated.",
        "Version": "1.0.2",
        "Acknowledgement": "Simulated.",
    }
    savemat(folder / FILE, {"DREAMER": top}, do_compression=True, oned_as="row")
    yield names[-1]


def simulate_subject(index: int, name: str, spec: StandIn) -> dict[str, Any]:
    """One cell of Data."""
    random = np.random.default_rng([spec.seed, index])
    lengths = np.round(np.random.default_rng(spec.seed).uniform(SHORTEST, LONGEST, N_VIDEOS))  # for all subjects
    offset, scale = random.normal(0, 0.25, 2), random.uniform(0.7, 1.0)  # how this subject uses the scales
    intended = 0.6 * np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)] * N_VIDEOS)[:N_VIDEOS]
    felt = np.clip(intended + random.normal(0, 0.25, (N_VIDEOS, 2)), -1, 1)
    scores = np.clip(np.round(3 + 2.2 * scale * felt + offset + random.normal(0, 0.3, felt.shape)), 1, 5)
    equal = scores[:, 0] == scores[:, 1]  # avoided, so that tests notice an exchange in every row
    scores[equal, 0] += np.where(scores[equal, 0] < 3, 1, -1)
    signals: dict[str, Any] = {
        modality.upper(): {part: np.empty((N_VIDEOS, 1), dtype=object) for part in ("baseline", "stimuli")}
        for modality in RATES
    }
    for video in range(N_VIDEOS):
        seconds = float(spec.seconds or lengths[video])
        baseline = min(float(BASELINE), seconds)
        episode = Episode(baseline, baseline + seconds, *map(float, felt[video]))
        script = Script(spec.seed, name, f"v{video + 1:02d}", baseline + seconds, [episode], SIGNALS)
        for modality, values in spec.simulate(script).items():
            cut = round(baseline * RATES[modality])
            rows = values.T.astype(np.float64)
            signals[modality.upper()]["baseline"][video, 0] = rows[:cut]
            signals[modality.upper()]["stimuli"][video, 0] = rows[cut:]
    return {
        "Age": str(random.integers(22, 34)),
        "Gender": str(random.choice(["male", "female"])),
        "EEG": signals["EEG"],
        "ECG": signals["ECG"],
        "ScoreValence": scores[:, 1:],
        "ScoreArousal": scores[:, :1],
        "ScoreDominance": random.integers(1, 6, (N_VIDEOS, 1)).astype(float),
    }
