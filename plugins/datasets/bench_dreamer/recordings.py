"""A person becomes recordings, one per film clip."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Recording, Segment, Signal
from bench_dreamer.layout import CHANNELS, LATE, RATES, RATINGS, VIDEOS
from bench_dreamer.people import person

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def recordings(subject: str, file: Path, number: int, people: int) -> Sequence[Recording]:
    """The recordings of a person, in the order of the file."""
    parts = person(file, number, people)
    excluded = Counter({"baseline before a video": VIDEOS})
    made = []
    for place in range(VIDEOS):
        signals = {
            modality: Signal(
                np.ascontiguousarray(parts[modality][place].T),
                rate,
                {"eeg": "uV"}.get(modality, ""),
                CHANNELS[modality],
            )
            for modality, rate in RATES.items()
        }
        ends = [signal.values.shape[1] / signal.rate for signal in signals.values()]
        if not min(ends):
            excluded["video without signals"] += 1
            continue
        if max(ends) - min(ends) > LATE:
            excluded["video whose EEG and ECG differ in length (kept)"] += 1
        ratings = {name: float(parts[name][place]) for name in RATINGS if not np.isnan(parts[name][place])}
        if not {"arousal", "valence"} <= set(ratings):
            excluded["video without a rating (signals are kept, unlabelled)"] += 1
        video = f"{place + 1:02d}"
        segment = Segment(0.0, max(ends), "video", {}, video, ratings)
        made.append(Recording(subject, signals, [segment], f"v{video}"))
    if not made:
        return [Recording(subject, {}, [], "nothing", excluded)]
    return [replace(made[0], excluded=excluded), *made[1:]]
