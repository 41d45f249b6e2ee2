"""Validation of recordings: one contract for `bench check`, `bench data verify` and `bench run`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import Recording

    Targets = Mapping[str, Sequence[str]]  # target -> classes


def require_valid_recording(recording: Recording, targets: Targets) -> None:
    """Raise unless a recording, as its data set loads it, keeps the contract."""
    require_valid_signals(recording)
    require_valid_segments(recording)
    require_known_labels(recording, targets)


def require_valid_signals(recording: Recording) -> None:
    """Raise unless every signal has the shape (channels, time) and a positive rate."""
    for modality, signal in recording.signals.items():
        where, shape = f"{place_of(recording)}: '{modality}'", np.shape(signal.values)
        if len(shape) != 2 or 0 in shape:
            raise DataError(f"{where} has the shape {shape}; expected (channels, time).")
        if np.asarray(signal.values).dtype.kind not in "fiu":
            raise DataError(f"{where} has the type {signal.values.dtype}; values must be numbers.")
        if shape[0] > shape[1]:
            raise DataError(
                f"{where} has {shape[0]} channels of {shape[1]} samples; values are (channels, time), so transpose "
                "them."
            )
        if not signal.rate > 0:
            raise DataError(f"{where} has {signal.rate} samples per second; the rate must be positive.")
        if signal.channels and len(signal.channels) != shape[0]:
            raise DataError(
                f"{where} has {shape[0]} channels and {len(signal.channels)} channel names; name each channel, or none."
            )


def require_valid_segments(recording: Recording) -> None:
    """Raise if segments are out of order, overlap, share a trial name or lie outside the signals."""
    ends = [(np.shape(signal.values)[-1] + 1) / signal.rate for signal in recording.signals.values() if signal.rate > 0]
    require_ordered_segments(recording, max(ends, default=0.0))


def require_ordered_segments(recording: Recording, end: float = math.inf) -> None:
    """Raise if segments are out of order, overlap, share a trial name or stop after the end."""
    before, names = None, set[str]()
    for segment in recording.segments:
        where = f"{place_of(recording)}: segment '{segment.trial}'"
        if not math.inf > segment.stop > segment.start >= 0:
            raise DataError(
                f"{where} runs from {segment.start} s to {segment.stop} s; "
                "it must start at 0 s or later, and stop after it starts."
            )
        if before is not None and segment.start < before.stop - 1e-9:
            raise DataError(
                f"{where} starts before '{before.trial}' stops; segments must be in order of time and not overlap."
            )
        if segment.stop > end:
            raise DataError(f"{where} stops at {segment.stop} s, after the end of all signals; shorten it.")
        if segment.trial in names:
            raise DataError(
                f"{place_of(recording)}: two segments have the trial '{segment.trial}'; trials must be distinct."
            )
        names.add(segment.trial)
        before = segment


def require_known_labels(recording: Recording, targets: Targets) -> None:
    """Raise if a segment has a target that does not exist, or a label that is no class of its target."""
    for segment in recording.segments:
        where = f"{place_of(recording)}: segment '{segment.trial}'"
        for target, label in segment.targets.items():
            if target not in targets:
                raise DataError(f"{where} has the target '{target}', which is not in targets; add it there.")
            if label not in targets[target]:
                raise DataError(
                    f"{where} has the label '{label}' for '{target}'; its classes are {', '.join(targets[target])}."
                )


def place_of(recording: Recording) -> str:
    return f"Recording {recording.subject}/{recording.session}"
