"""Cut recordings into windows: the rows of the index table, and which of them are usable."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from bench.api import Range
from bench.data.calls.unlabelled import conditions
from bench.data.validation import require_ordered_segments

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from bench.api import Array, Recording, Segment, Signal


@dataclass(frozen=True)
class Windowing:
    """How segments are cut into windows."""

    length: Annotated[float, Range(0.1, 3600), "seconds in a window"] = 10.0
    hop: Annotated[float, Range(0.05, 3600), "seconds from the start of a window to the next"] = 5.0
    whole: Annotated[
        bool, "one window for each segment, from its start to its end; segments shorter than `length` are left out"
    ] = False

    @property
    def about(self) -> str:
        """The windowing in words, for tables."""
        if self.whole:
            return f"windows are whole segments of {self.length:g} s or more"
        return f"windows of {self.length:g} s every {self.hop:g} s"

    @property
    def seconds(self) -> float | None:
        """The length of every window; None where windows differ in length."""
        return None if self.whole else self.length

    def cuts(self, segment: Segment) -> Iterator[tuple[float, float]]:
        """Start and stop of each window in a segment."""
        spare = segment.stop - segment.start - self.length
        if self.whole:
            yield from [(segment.start, segment.stop)] if spare >= -1e-9 else []
            return
        for place in range(max(0, int(spare / self.hop + 1 + 1e-9))):
            start = segment.start + place * self.hop
            yield start, start + self.length


def rows(
    recording: Recording, number: int, windowing: Windowing, modalities: Sequence[str], calibrated: Collection[str] = ()
) -> list[dict[str, Any]]:
    """The index rows of one recording; no window straddles two segments.

    The column `calibrates` says whether a step calibrates on the condition of a window, and `bad.<modality>` why a
    window cannot be used; it is empty where it can.
    """
    table = []
    require_ordered_segments(recording)
    for segment in recording.segments:
        for start, stop in windowing.cuts(segment):
            row = {
                "subject": recording.subject,
                "session": recording.session,
                "trial": f"{recording.subject}/{recording.session}/{segment.trial}",
                "stimulus": segment.stimulus,
                "recording": number,
                "start": start,
                "stop": stop,
                "calibrates": not set(conditions(segment)).isdisjoint(calibrated),
            }
            row |= {f"target.{name}": label for name, label in segment.targets.items()}
            table.append(row | {f"rating.{name}": float(value) for name, value in segment.ratings.items()})
    starts, stops = (np.array([row[name] for row in table]) for name in ("start", "stop"))
    for modality in modalities:
        signal = recording.signals.get(modality)
        problems = defects(signal, starts, stops, windowing.seconds) if signal else ["missing"] * len(table)
        for row, problem in zip(table, problems, strict=True):
            row[f"bad.{modality}"] = problem
    return table


def alone(recording: Recording) -> bool:
    """Whether a recording consists of one segment, up to a sample at either end."""
    if len(recording.segments) != 1:
        return False
    [segment] = recording.segments
    for signal in recording.signals.values():
        values = np.asarray(signal.values)
        first, stop = max(math.floor(segment.start * signal.rate) - 1, 0), math.ceil(segment.stop * signal.rate) + 1
        if np.isfinite(values[:, :first]).any() or np.isfinite(values[:, stop:]).any():
            return False
    return True


def defects(signal: Signal, starts: Array, stops: Array, seconds: float | None) -> list[str]:
    """Why each window of a signal is unusable: too short, NaN, or constant in all channels."""
    width, first = span(starts, stops, seconds, signal.rate)
    values = np.asarray(signal.values)
    inside = first + width <= values.shape[1]
    stop = np.minimum(first + width, values.shape[1])
    first = np.minimum(first, stop)
    missing = running(~np.all(np.isfinite(values), axis=0))
    gaps = missing[stop] - missing[first] > 0
    moves = np.stack([running(np.append(False, channel[1:] != channel[:-1])[: len(channel)]) for channel in values])
    flat = (moves[:, stop] - moves[:, np.minimum(first + 1, stop)] == 0).all(axis=0)
    return [str(problem) for problem in np.select([~inside, gaps, flat], ["too short", "NaN", "constant"], "")]


def span(starts: Array, stops: Array, seconds: float | None, rate: float) -> tuple[Array, Array]:
    """The number of samples in each window, and its first sample."""
    first = np.rint(starts * rate).astype(np.intp)
    if seconds is None:
        return np.rint(stops * rate).astype(np.intp) - first, first
    return np.full(len(first), round(seconds * rate)), first


def running(flags: Array) -> Array:
    """Counts of true values before each position."""
    return np.concatenate([[0], np.cumsum(flags)])
