"""Comparison of recordings, and recordings with other labels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array, Recording


def difference(one: Recording, other: Recording) -> str:
    """The first difference between two recordings; empty if they are identical."""
    for name in ("subject", "session"):
        if getattr(one, name) != getattr(other, name):
            return f"the {name}"
    if list(one.segments) != list(other.segments):
        return "the segments"
    if list(one.signals) != list(other.signals):
        return "the modalities"
    for modality, signal in one.signals.items():
        twin = other.signals[modality]
        for name in ("rate", "unit", "channels"):
            if getattr(signal, name) != getattr(twin, name):
                return f"the {name} of '{modality}'"
        if not same(signal.values, twin.values):
            return f"the values of '{modality}'"
    return ""


def same(one: Any, other: Any) -> bool:
    """Whether two arrays are identical, NaN included."""
    first: Array = np.asarray(one)
    second: Array = np.asarray(other)
    numbers = first.dtype.kind == "f" and second.dtype.kind == "f"
    return first.dtype == second.dtype and np.array_equal(first, second, equal_nan=numbers)


def relabelled(recordings: Sequence[Recording], target: str = "") -> list[Recording]:
    """The recordings of a subject with a target, or all, and ratings permuted: unchanged if all segments are alike."""
    segments = [segment for recording in recordings for segment in recording.segments]
    labels = [(segment.targets, segment.ratings) for segment in segments]
    if target:
        labels = [({target: targets[target]} if target in targets else {}, ratings) for targets, ratings in labels]
    random, new = np.random.default_rng(0), labels
    while new == labels and any(label != labels[0] for label in labels):
        new = [labels[place] for place in random.permutation(len(labels))]
    rest = iter(new)
    found = []
    for recording in recordings:
        changed = []
        for segment in recording.segments:
            targets, ratings = next(rest)
            kept = {name: label for name, label in segment.targets.items() if target and name != target}
            changed.append(replace(segment, targets={**kept, **targets}, ratings=ratings))
        found.append(replace(recording, segments=changed))
    return found
