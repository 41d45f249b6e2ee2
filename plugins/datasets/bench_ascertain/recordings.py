"""A person's clips become recordings, one per clip."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Recording, Segment
from bench_ascertain import clips
from bench_ascertain.layout import CLIPS, FOLDERS, SCALES, clip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.api import Signal


def recordings(subject: str, folders: Mapping[str, Path], reports: Path, gap: float) -> Sequence[Recording]:
    """The recordings of a person, by the number of the clip."""
    person = int(subject[1:])
    rated = clips.ratings(reports)[:, person - 1]
    excluded: Counter[str] = Counter()
    made = []
    for number in range(1, CLIPS + 1):
        signals: dict[str, Signal] = {}
        absent: list[str] = []
        for modality in FOLDERS:
            file = clip(folders[modality], modality, number) if modality in folders else None
            signal = clips.read(file, modality, person, gap) if file and file.is_file() else None
            if signal is None:
                absent.append(f"clip without {modality}")
            elif np.isnan(signal.values).all():
                absent.append(f"{modality} is NaN throughout")
            else:
                signals[modality] = signal
        excluded.update(absent if signals else ["clip without signals"])
        if not signals:
            continue
        values = rated[:, number - 1]
        ratings = {scale: float(value) for scale, value in zip(SCALES, values, strict=True) if not np.isnan(value)}
        if not {"arousal", "valence"} <= set(ratings):
            excluded["clip without a rating (signals are kept, unlabelled)"] += 1
        stop = max(signal.values.shape[1] / signal.rate for signal in signals.values())
        video = f"{number:02d}"
        segment = Segment(0.0, stop, "clip", {}, video, ratings)
        made.append(Recording(subject, signals, [segment], f"clip{video}"))
    if not made:
        return [Recording(subject, {}, [], "nothing", excluded)]
    return [replace(made[0], excluded=excluded), *made[1:]]
