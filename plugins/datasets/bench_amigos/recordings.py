"""A person's file becomes recordings, one per video; what is left out is counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Recording, Segment, Signal
from bench.errors import DataError
from bench_amigos import cells as files
from bench_amigos.layout import BASELINE, CHANNELS, PARTS, RATE, SCALES
from bench_amigos.swap import exchanged

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from bench.api import Array
    from bench_amigos.cells import Cell


def recordings(subject: str, file: Path, wanted: Collection[str], gsr_as: str) -> Sequence[Recording]:
    """The recordings of these videos, in the order of the file."""
    cells = files.read(file)
    if exchanged(cells):
        raise DataError(
            f"{file}: arousal and valence are exchanged, since over the videos those of the person go with the wrong "
            "ones of outside raters; expected labels_selfassessment to begin with arousal, valence, and "
            "labels_ext_annotation to be number, valence, arousal."
        )
    excluded: Counter[str] = Counter()
    made = []
    named = {cell.video for cell in cells}
    excluded["video without signals"] += sum(video not in named for video in wanted)
    for cell in (cell for cell in cells if cell.video in wanted):
        if not len(cell.data):
            excluded["video without signals"] += 1
            continue
        signals = {modality: signal(cell.data, modality, gsr_as) for modality in PARTS}
        empty = [modality for modality, given in signals.items() if np.isnan(given.values).all()]
        kept = {modality: given for modality, given in signals.items() if modality not in empty}
        if not kept:
            excluded["video with nothing but NaN"] += 1
            continue
        excluded.update(f"{modality} is NaN throughout" for modality in empty)
        ratings = rated(cell)
        if not {"arousal", "valence"} <= set(ratings):
            excluded["video without a rating (signals are kept, unlabelled)"] += 1
        segment = Segment(BASELINE / RATE, len(cell.data) / RATE, "video", {}, cell.video, ratings)
        made.append(Recording(subject, kept, [segment], session(cell.video)))
    counts = {reason: count for reason, count in excluded.items() if count}
    if not made:
        return [Recording(subject, {}, [], "nothing", counts)]
    return [replace(made[0], excluded=counts), *made[1:]]


def signal(data: Array, modality: str, gsr_as: str) -> Signal:
    """One modality of a video, baseline included."""
    values = data[:, PARTS[modality]].T
    unit = {"eeg": "uV"}.get(modality, "")
    if modality == "eda" and gsr_as == "conductance":
        values = np.divide(1e6, values, out=np.full(values.shape, np.nan), where=values > 0)
        unit = "uS"
    return Signal(values.astype(np.float32), RATE, unit, CHANNELS[modality])


def rated(cell: Cell) -> dict[str, float]:
    """What the person said on the five scales."""
    return {scale: float(value) for scale, value in zip(SCALES, cell.rating, strict=False) if not np.isnan(value)}


def session(video: str) -> str:
    """A number is no name: '10' becomes 'v10', 'N1' stays."""
    return f"v{video}" if video.isdigit() else video
