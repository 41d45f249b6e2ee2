"""Calls of an extractor: the feature vectors of windows, a few windows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.api import Array, Extractor
    from bench.data.sources import WindowedSignal

    OnProgress = Callable[[str, int, int], None]  # description, steps done, all steps

CHUNK = 256  # windows per call of an extractor


def extract(
    extractor: Extractor, windows: WindowedSignal, modality: str, on_progress: OnProgress = lambda *_: None
) -> tuple[list[str], Array]:
    """Names and vectors of windows, computed a few windows at a time."""
    names: list[str] = []
    values, done = np.empty((len(windows.start), 0)), 0
    for rows, signals in windows.batches(CHUNK):
        on_progress(f"features of {modality}", done, len(values))
        names, vectors = extracted(extractor, signals, windows.rate, modality, windows.channels)
        if not done:
            values = np.empty((len(values), len(names)))
        values[rows] = vectors
        done += len(rows)
    on_progress(f"features of {modality}", done, len(values))
    return names, values


def extracted(
    extractor: Extractor, windows: Array, rate: float, modality: str, channels: Sequence[str]
) -> tuple[list[str], Array]:
    """Names and vectors of some windows, in the shape that the contract wants."""
    names, vectors = extractor.extract(windows, rate, modality, channels)
    if np.shape(vectors) != (len(windows), len(names)):
        raise PluginError(
            f"Features of {modality} have the shape {np.shape(vectors)}; expected ({len(windows)}, {len(names)})."
        )
    return names, vectors
