"""Validation and comparison of recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import PluginError

if TYPE_CHECKING:
    from bench.api import Array, Recording


def require_valid_signals(recording: Recording) -> None:
    """Raise unless every signal has the shape (channels, time) and a positive rate."""
    where = f"Recording {recording.subject}/{recording.session}"
    for modality, signal in recording.signals.items():
        shape = np.shape(signal.values)
        if len(shape) != 2 or 0 in shape:
            raise PluginError(f"{where}: '{modality}' has the shape {shape}; expected (channels, time).")
        if np.asarray(signal.values).dtype.kind not in "fiu":
            raise PluginError(f"{where}: '{modality}' has the type {signal.values.dtype}; values must be numbers.")
        if not signal.rate > 0:
            raise PluginError(f"{where}: '{modality}' has {signal.rate} samples per second; the rate must be positive.")
        if signal.channels and len(signal.channels) != shape[0]:
            raise PluginError(
                f"{where}: '{modality}' has {shape[0]} channels and {len(signal.channels)} channel names; "
                "name each channel, or none."
            )


def require_valid_segments(recording: Recording) -> None:
    """Raise if segments are out of order, overlap, share a trial name or lie outside the signals."""
    where = f"Recording {recording.subject}/{recording.session}"
    ends = [(np.shape(signal.values)[-1] + 1) / signal.rate for signal in recording.signals.values() if signal.rate > 0]
    before = None
    names: set[str] = set()
    for segment in recording.segments:
        if not segment.stop > segment.start >= 0:
            raise PluginError(
                f"{where}: segment '{segment.trial}' runs from {segment.start} s to {segment.stop} s; "
                "it must start at 0 s or later, and stop after it starts."
            )
        if before is not None and segment.start < before.stop - 1e-9:
            raise PluginError(
                f"{where}: segment '{segment.trial}' starts before '{before.trial}' stops; "
                "segments must be in order of time and not overlap."
            )
        if segment.stop > max(ends, default=0.0):
            raise PluginError(
                f"{where}: segment '{segment.trial}' stops at {segment.stop} s, after the end of all signals; "
                "shorten it."
            )
        if segment.trial in names:
            raise PluginError(f"{where}: two segments have the trial '{segment.trial}'; trials must be distinct.")
        names.add(segment.trial)
        before = segment


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
