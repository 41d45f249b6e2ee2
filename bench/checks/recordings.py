"""Recordings: what is wrong with one, and in what two of them differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import PluginError

if TYPE_CHECKING:
    from bench.api import Array, Recording


def require_sound_signals(recording: Recording) -> None:
    """Raise where a signal is not (channels, time) at a rate."""
    where = f"Recording {recording.subject}/{recording.session}"
    for modality, signal in recording.signals.items():
        shape = np.shape(signal.values)
        if len(shape) != 2 or 0 in shape:
            raise PluginError(f"{where}: '{modality}' has the shape {shape}; expected (channels, time).")
        if np.asarray(signal.values).dtype.kind not in "fiu":
            raise PluginError(f"{where}: '{modality}' holds {signal.values.dtype}; expected numbers.")
        if not signal.rate > 0:
            raise PluginError(f"{where}: '{modality}' has {signal.rate} samples per second; expected more than 0.")
        if signal.channels and len(signal.channels) != shape[0]:
            raise PluginError(
                f"{where}: '{modality}' has {shape[0]} rows and {len(signal.channels)} names of channels; "
                "name each row."
            )


def require_sound_segments(recording: Recording) -> None:
    """Raise where segments are out of order, overlap, share a name, or lie outside all signals."""
    where = f"Recording {recording.subject}/{recording.session}"
    ends = [(np.shape(signal.values)[-1] + 1) / signal.rate for signal in recording.signals.values() if signal.rate > 0]
    before = None
    names: set[str] = set()
    for segment in recording.segments:
        if not segment.stop > segment.start >= 0:
            raise PluginError(
                f"{where}: segment '{segment.trial}' runs from {segment.start} s to {segment.stop} s; "
                "it must start at 0 s or later, and before it stops."
            )
        if before is not None and segment.start < before.stop - 1e-9:
            raise PluginError(
                f"{where}: segment '{segment.trial}' starts before '{before.trial}' has stopped; "
                "put segments in order of time without overlap."
            )
        if segment.stop > max(ends, default=0.0):
            raise PluginError(
                f"{where}: segment '{segment.trial}' stops at {segment.stop} s, after the end of every signal; "
                "cut it where the signals end."
            )
        if segment.trial in names:
            raise PluginError(f"{where}: two segments are the trial '{segment.trial}'; name each one differently.")
        names.add(segment.trial)
        before = segment


def difference(one: Recording, other: Recording) -> str:
    """The first thing in which two recordings differ; empty where they are identical."""
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
