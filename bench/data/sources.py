"""The values of windows: feature vectors, or windows of contiguous signals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.data.shared import SharedVectors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.api import Array, Rows


@dataclass(frozen=True, eq=False)
class Vectors:
    """One feature vector per window."""

    values: Array  # (n, features)
    names: tuple[str, ...]
    table: Array | None = None  # the columns of all modalities, of which `values` is a part
    first: int = 0  # the first column of `values` in the table

    def __len__(self) -> int:
        return len(self.values)

    def __reduce__(self) -> tuple[Any, ...]:
        """Only the table is copied where there is one, once for all of its parts."""
        if self.table is None:
            return Vectors, (self.values, self.names)
        return Vectors.part, (self.table, self.first, self.names)

    @classmethod
    def part(cls, table: Array, first: int, names: tuple[str, ...]) -> Vectors:
        """Neighbouring columns of a table."""
        return cls(table[:, first : first + len(names)], names, table, first)

    def take(self, rows: Rows) -> Vectors:
        return Vectors(self.values[rows], self.names)

    def scaled(self, offset: Array, divisor: Array) -> Vectors:
        values = self.values - offset
        values /= divisor
        return Vectors(values, self.names)

    @staticmethod
    def join(sources: Mapping[str, Vectors]) -> Vectors:
        """Concatenate vectors. Neighbouring columns of one table are not copied."""
        parts = list(sources.values())
        names = tuple(name for part in parts for name in part.names)
        table, starts = parts[0].table, np.cumsum([parts[0].first, *(len(part.names) for part in parts)])
        if table is not None and all(
            part.table is table and part.first == start for part, start in zip(parts, starts, strict=False)
        ):
            return Vectors(table[:, starts[0] : starts[-1]], names)
        return Vectors(np.concatenate([part.values for part in parts], axis=1), names)

    @staticmethod
    def in_one_table(sources: Mapping[str, Vectors]) -> dict[str, Vectors]:
        """The same vectors as columns of one table."""
        table, first, found = Vectors.join(sources).values, 0, {}
        for modality, source in sources.items():
            found[modality] = Vectors.part(table, first, source.names)
            first += len(source.names)
        return found


@dataclass(frozen=True, eq=False)
class WindowedSignal:
    """Windows of contiguous signals, gathered on access, so that overlap costs no memory."""

    signals: Mapping[int, Array]  # recording -> (channels, time), for recordings with windows
    recording: Array  # (n,) recording of each window
    start: Array  # (n,) first sample
    width: int  # samples
    rate: float
    channels: tuple[str, ...]
    scale: Array | None = None  # (2, channels): offsets and divisors
    lengths: Array | None = None  # (n,) samples, where windows differ in length; `width` is the maximum

    def __len__(self) -> int:
        return len(self.start)

    def take(self, rows: Rows) -> WindowedSignal:
        recording = self.recording[rows]
        signals = {number: self.signals[number] for number in np.unique(recording)}
        lengths = None if self.lengths is None else self.lengths[rows]
        return replace(self, signals=signals, recording=recording, start=self.start[rows], lengths=lengths)

    def batches(self, size: int) -> Iterator[tuple[Rows, Array]]:
        """Rows and values in batches of windows of one length."""
        every = np.arange(len(self.start))
        lengths = np.full(len(every), self.width) if self.lengths is None else self.lengths
        for length in np.unique(lengths).tolist():
            here = every[lengths == length]
            for rows in np.array_split(here, -(-len(here) // size)):
                yield rows, replace(self.take(rows), width=length, lengths=None).gather()

    def gather(self) -> Array:
        """(n, channels, time); shorter windows are padded with NaN."""
        out = np.empty((len(self.start), len(self.channels), self.width), np.float32)
        if self.lengths is None:
            for number in self.signals:
                here = np.flatnonzero(self.recording == number)
                views = np.lib.stride_tricks.sliding_window_view(self.signals[number], self.width, axis=1)
                out[here] = views[:, self.start[here]].swapaxes(0, 1)
        else:
            places = zip(self.recording.tolist(), self.start.tolist(), self.lengths.tolist(), strict=True)
            for row, (number, first, length) in enumerate(places):
                out[row, :, :length] = self.signals[number][:, first : first + length]
                out[row, :, length:] = np.nan
        if self.scale is not None:
            offset, divisor = self.scale.astype(np.float32)
            out -= offset[:, None]
            out /= divisor[:, None]
        return out

    def scaled(self, offset: Array, divisor: Array) -> WindowedSignal:
        """With a further scaling on top of the current one."""
        before, by = np.array([[0.0], [1.0]]) if self.scale is None else self.scale
        return replace(self, scale=np.array([before + offset * by, by * divisor]))


@dataclass(frozen=True, eq=False)
class ConcatSignals:
    """Windows of several modalities with their channels concatenated; nothing is copied until they are gathered.

    Those of a lower rate are interpolated linearly between their own samples, window by window.
    """

    parts: Mapping[str, WindowedSignal]

    def __len__(self) -> int:
        return len(next(iter(self.parts.values())))

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(f"{modality}.{name}" for modality, part in self.parts.items() for name in part.channels)

    @property
    def rate(self) -> float:
        return max(part.rate for part in self.parts.values())

    @property
    def width(self) -> int:
        return max(part.width for part in self.parts.values())

    def take(self, rows: Rows) -> ConcatSignals:
        return ConcatSignals({modality: part.take(rows) for modality, part in self.parts.items()})

    def gather(self) -> Array:
        """(n, channels, time)"""
        return np.concatenate([stretched(part.gather(), self.width) for part in self.parts.values()], axis=1)


def stretched(values: Array, width: int) -> Array:
    """Resample windows to more samples by linear interpolation between the centres of samples."""
    given = values.shape[-1]
    if given == width:
        return values
    place = np.clip((np.arange(width) + 0.5) * given / width - 0.5, 0, given - 1)
    before = np.minimum(place.astype(np.intp), max(given - 2, 0))
    share = (place - before).astype(values.dtype)
    between: Array = values[..., before] * (1 - share) + values[..., np.minimum(before + 1, given - 1)] * share
    return between


def chained(sources: Sequence[WindowedSignal | ConcatSignals]) -> WindowedSignal | ConcatSignals:
    """Concatenate the windows of several sources; recordings are renumbered."""
    first = sources[0]
    if isinstance(first, ConcatSignals):
        joined = [source for source in sources if isinstance(source, ConcatSignals)]
        return ConcatSignals({name: plain([each.parts[name] for each in joined]) for name in first.parts})
    return plain([source for source in sources if isinstance(source, WindowedSignal)])


def plain(sources: Sequence[WindowedSignal]) -> WindowedSignal:
    """Concatenate windows. Scales are applied to the signals, since a source has one scale."""
    signals: dict[int, Array] = {}
    numbers = []
    for source in sources:
        own = {number: len(signals) + place for place, number in enumerate(source.signals)}
        for number, values in source.signals.items():
            signals[own[number]] = values if source.scale is None else scaled_by(values, source.scale)
        numbers.append(np.array([own[number] for number in source.recording.tolist()], dtype=np.intp))
    starts = np.concatenate([source.start for source in sources])
    return replace(sources[0], signals=signals, recording=np.concatenate(numbers), start=starts, scale=None)


def scaled_by(values: Array, scale: Array) -> Array:
    """Apply a scale to a signal."""
    offset, divisor = scale.astype(np.float32)[:, :, None]
    scaled: Array = (values - offset) / divisor
    return scaled


Source = Vectors | SharedVectors | WindowedSignal | ConcatSignals


def taken(sources: Mapping[str, Source], rows: Rows) -> dict[str, Source]:
    """Some of the windows of every modality; columns of one table are gathered together."""
    tables = [source.table if isinstance(source, Vectors) else None for source in sources.values()]
    if not tables or tables[0] is None or any(table is not tables[0] for table in tables):
        return {modality: source.take(rows) for modality, source in sources.items()}
    table = tables[0][rows]
    return {
        modality: Vectors.part(table, source.first, source.names)
        for modality, source in sources.items()
        if isinstance(source, Vectors)
    }
