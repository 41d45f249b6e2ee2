"""The recordings of a subject, one per clip."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Recording, Segment
from bench_ascertain import clips
from bench_ascertain.layout import FOLDERS, N_CLIPS, SCALES, clip_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.api import Signal


def recordings(subject: str, folders: Mapping[str, Path], reports: Path, gap: float) -> Sequence[Recording]:
    """The recordings of a subject, by the number of the clip."""
    number_of_subject = int(subject[1:])
    all_ratings = clips.ratings(reports)[:, number_of_subject - 1]
    excluded: Counter[str] = Counter()
    recorded = []
    for number in range(1, N_CLIPS + 1):
        signals: dict[str, Signal] = {}
        missing: list[str] = []
        for modality in FOLDERS:
            file = clip_file(folders[modality], modality, number) if modality in folders else None
            signal = clips.read(file, modality, number_of_subject, gap) if file and file.is_file() else None
            if signal is None:
                missing.append(f"clip without {modality}")
            elif np.isnan(signal.values).all():
                missing.append(f"{modality} is NaN throughout")
            else:
                signals[modality] = signal
        excluded.update(missing if signals else ["clip without signals"])
        if not signals:
            continue
        values = all_ratings[:, number - 1]
        ratings = {scale: float(value) for scale, value in zip(SCALES, values, strict=True) if not np.isnan(value)}
        if not {"arousal", "valence"} <= set(ratings):
            excluded["clip without a rating (kept, unlabelled)"] += 1
        stop = max(signal.values.shape[1] / signal.rate for signal in signals.values())
        video = f"{number:02d}"
        segment = Segment(0.0, stop, "clip", {}, video, ratings)
        recorded.append(Recording(subject, signals, [segment], f"clip{video}"))
    if not recorded:
        return [Recording(subject, {}, [], "nothing", excluded)]
    return [replace(recorded[0], excluded=excluded), *recorded[1:]]
