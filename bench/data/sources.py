"""Where the values of windows come from: vectors per window, or stretches of contiguous recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import Array, Rows


@dataclass(frozen=True, eq=False)
class Vectors:
    """One feature vector per window."""

    values: Array  # (n, features)
    names: tuple[str, ...]

    def take(self, rows: Rows) -> Vectors:
        return Vectors(self.values[rows], self.names)

    @staticmethod
    def join(sources: Mapping[str, Vectors]) -> Vectors:
        """Side by side; names already say their modality."""
        names = tuple(name for source in sources.values() for name in source.names)
        return Vectors(np.concatenate([source.values for source in sources.values()], axis=1), names)


@dataclass(frozen=True, eq=False)
class Stretches:
    """Windows of contiguous signals, gathered only when asked for: overlap costs no memory."""

    signals: Mapping[int, Array]  # recording -> (channels, time); only those that some window is cut from
    recording: Array  # (n,) which recording
    start: Array  # (n,) first sample
    width: int  # samples
    rate: float
    channels: tuple[str, ...]

    def take(self, rows: Rows) -> Stretches:
        recording = self.recording[rows]
        signals = {number: self.signals[number] for number in np.unique(recording)}
        return Stretches(signals, recording, self.start[rows], self.width, self.rate, self.channels)

    def gather(self) -> Array:
        """(n, channels, time)"""
        out = np.empty((len(self.start), len(self.channels), self.width), np.float32)
        for number in self.signals:
            here = np.flatnonzero(self.recording == number)
            views = np.lib.stride_tricks.sliding_window_view(self.signals[number], self.width, axis=1)
            out[here] = views[:, self.start[here]].swapaxes(0, 1)
        return out

    @staticmethod
    def join(sources: Mapping[str, Stretches]) -> Stretches:
        """Channels side by side, which needs one rate."""
        rates = {modality: source.rate for modality, source in sources.items()}
        if len(set(rates.values())) > 1:
            told = ", ".join(f"{modality} {rate:g} Hz" for modality, rate in rates.items())
            raise DataError(f"Signals of different rates cannot be merged ({told}); resample them to one rate first.")
        first = next(iter(sources.values()))
        signals = {number: joined([source.signals[number] for source in sources.values()]) for number in first.signals}
        channels = tuple(f"{modality}.{name}" for modality, source in sources.items() for name in source.channels)
        return Stretches(signals, first.recording, first.start, first.width, first.rate, channels)


def joined(signals: Sequence[Array]) -> Array:
    """Channels of one recording side by side, up to the shortest."""
    length = min(signal.shape[1] for signal in signals)
    return np.concatenate([signal[:, :length] for signal in signals])


Source = Vectors | Stretches
