"""Defects of recordings that published data sets have had."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array, Recording


def damaged(recordings: Sequence[Recording], defect: str, *, first: bool) -> Sequence[Recording]:
    """The recordings of one subject; `first` says that it is the first one of the data set."""
    if defect == "repeating" and first:
        return [spliced(recordings[0], recordings[0], begins=False), *recordings[1:]]
    if defect == "shared-sessions":
        return [recordings[0], *(spliced(after, before, begins=True) for before, after in pairwise(recordings))]
    return recordings


def spliced(recording: Recording, source: Recording, *, begins: bool) -> Recording:
    """The recording with a half from the source: it begins with its second half, or ends with its first."""

    def halves(values: Array, other: Array) -> Array:
        count = values.shape[1] // 2
        parts = [other[:, -count:], values[:, count:]] if begins else [values[:, :-count], other[:, :count]]
        return np.concatenate(parts, axis=1)

    signals = {
        name: replace(signal, values=halves(signal.values, source.signals[name].values))
        for name, signal in recording.signals.items()
    }
    return replace(recording, signals=signals)
