"""The recordings of a subject, one per video; what is excluded is counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Recording, Segment, Signal
from bench.errors import DataError
from bench_amigos import cells
from bench_amigos.layout import BASELINE, CHANNELS, PARTS, RATE, SCALES
from bench_amigos.swap import exchanged

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from bench.api import Array
    from bench_amigos.cells import Cell


def recordings(subject: str, file: Path, videos: Collection[str], gsr_as: str) -> Sequence[Recording]:
    """The recordings of these videos, in the order of the file."""
    trials = cells.read(file)
    if exchanged(trials):
        raise DataError(
            f"{file}: arousal and valence are exchanged, since the ratings of the subject correlate crosswise with "
            "those of the external annotators; expected labels_selfassessment to start with arousal, valence, and "
            "labels_ext_annotation to be number, valence, arousal."
        )
    excluded: Counter[str] = Counter()
    recorded = []
    present = {cell.video for cell in trials}
    excluded["video without signals"] += sum(video not in present for video in videos)
    for cell in (cell for cell in trials if cell.video in videos):
        if not len(cell.data):
            excluded["video without signals"] += 1
            continue
        signals = {modality: read_signal(cell.data, modality, gsr_as) for modality in PARTS}
        empty = [modality for modality, signal in signals.items() if np.isnan(signal.values).all()]
        kept = {modality: signal for modality, signal in signals.items() if modality not in empty}
        if not kept:
            excluded["video with nothing but NaN"] += 1
            continue
        excluded.update(f"{modality} is NaN throughout" for modality in empty)
        ratings = read_ratings(cell)
        if not {"arousal", "valence"} <= set(ratings):
            excluded["video without a rating (kept, unlabelled)"] += 1
        segment = Segment(BASELINE / RATE, len(cell.data) / RATE, "video", {}, cell.video, ratings)
        recorded.append(Recording(subject, kept, [segment], session_name(cell.video)))
    counts = {reason: count for reason, count in excluded.items() if count}
    if not recorded:
        return [Recording(subject, {}, [], "nothing", counts)]
    return [replace(recorded[0], excluded=counts), *recorded[1:]]


def read_signal(data: Array, modality: str, gsr_as: str) -> Signal:
    """One modality of a video, including the baseline."""
    values = data[:, PARTS[modality]].T
    unit = {"eeg": "uV"}.get(modality, "")
    if modality == "eda" and gsr_as == "conductance":
        values = np.divide(1e6, values, out=np.full(values.shape, np.nan), where=values > 0)
        unit = "uS"
    return Signal(values.astype(np.float32), RATE, unit, CHANNELS[modality])


def read_ratings(cell: Cell) -> dict[str, float]:
    """The ratings on the five scales."""
    return {scale: float(value) for scale, value in zip(SCALES, cell.rating, strict=False) if not np.isnan(value)}


def session_name(video: str) -> str:
    """Numbers get a letter: '10' becomes 'v10', 'N1' stays."""
    return f"v{video}" if video.isdigit() else video
