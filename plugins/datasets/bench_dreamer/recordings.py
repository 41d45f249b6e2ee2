"""The recordings of a subject, one per film clip."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Recording, Segment, Signal
from bench_dreamer.layout import CHANNELS, N_VIDEOS, RATES, RATINGS, TOLERANCE
from bench_dreamer.subject_data import load_subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def recordings(subject: str, file: Path, index: int, n_subjects: int) -> Sequence[Recording]:
    """The recordings of a subject in the order of the file."""
    data = load_subject(file, index, n_subjects)
    excluded = Counter({"baseline before a video": N_VIDEOS})
    recorded = []
    for trial in range(N_VIDEOS):
        signals = {
            modality: Signal(
                np.ascontiguousarray(data[modality][trial].T),
                rate,
                {"eeg": "uV"}.get(modality, ""),
                CHANNELS[modality],
            )
            for modality, rate in RATES.items()
        }
        seconds = [signal.values.shape[1] / signal.rate for signal in signals.values()]
        if not min(seconds):
            excluded["video without signals"] += 1
            continue
        if max(seconds) - min(seconds) > TOLERANCE:
            excluded["video whose EEG and ECG differ in length (kept)"] += 1
        ratings = {name: float(data[name][trial]) for name in RATINGS if not np.isnan(data[name][trial])}
        if not {"arousal", "valence"} <= set(ratings):
            excluded["video without a rating (kept, unlabelled)"] += 1
        video = f"{trial + 1:02d}"
        segment = Segment(0.0, max(seconds), "video", {}, video, ratings)
        recorded.append(Recording(subject, signals, [segment], f"v{video}"))
    if not recorded:
        return [Recording(subject, {}, [], "nothing", excluded)]
    return [replace(recorded[0], excluded=excluded), *recorded[1:]]
