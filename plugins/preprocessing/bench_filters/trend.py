"""Trend, change and limits of a signal."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np

from bench.api import Preprocessor
from bench.errors import UsageError
from bench_filters.gaps import copied

if TYPE_CHECKING:
    from bench.api import Array, Recording, Scope


@dataclass(frozen=True)
class Detrend(Preprocessor):
    """The mean or the line of least squares, over everything that a recording holds of a channel."""

    kind: Annotated[Literal["line", "mean"], "what is taken away"] = "line"

    @property
    def scope(self) -> Scope:
        return "recording"

    def apply(self, recording: Recording) -> Recording:
        signals = {}
        for modality, signal in recording.signals.items():
            values = copied(signal.values)
            for channel in values:
                level(channel, sloped=self.kind == "line")
            signals[modality] = replace(signal, values=values)
        return replace(recording, signals=signals)


def level(channel: Array, *, sloped: bool) -> None:
    """Take away the mean, and the line that fits best where samples are known."""
    finite = np.isfinite(channel)
    known = slice(None) if finite.all() else finite  # a slice copies nothing
    if not finite.any():
        return
    channel -= channel[known].mean()
    if sloped and finite.sum() > 1:
        time = np.arange(len(channel), dtype=np.float64)
        time -= time[known].mean()
        time *= np.dot(time[known], channel[known]) / np.dot(time[known], time[known])
        channel -= time


@dataclass(frozen=True)
class Derivative(Preprocessor):
    """Each sample less the one before it; the first of a stretch counts as steady, so it becomes 0."""

    @property
    def scope(self) -> Scope:
        return "past"

    def apply(self, recording: Recording) -> Recording:
        signals = {}
        for modality, signal in recording.signals.items():
            values = copied(signal.values)
            change = np.diff(values, axis=1, prepend=np.nan)
            change *= signal.rate
            change[np.isnan(change) & np.isfinite(values)] = 0
            signals[modality] = replace(signal, values=change, unit=f"{signal.unit or '1'}/s")
        return replace(recording, signals=signals)


@dataclass(frozen=True)
class Clip(Preprocessor):
    """What lies outside becomes the limit itself."""

    example: ClassVar[Mapping[str, Any]] = {"low": -5, "high": 5}

    low: Annotated[float, "the lowest value, in the unit of the signal"]
    high: Annotated[float, "the highest value, in the unit of the signal"]

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise UsageError(f"clip keeps values between low and high; {self.low:g} is not below {self.high:g}.")

    @property
    def scope(self) -> Scope:
        return "window"

    def apply(self, recording: Recording) -> Recording:
        signals = {}
        for modality, signal in recording.signals.items():
            values = copied(signal.values)
            signals[modality] = replace(signal, values=np.clip(values, self.low, self.high, out=values))
        return replace(recording, signals=signals)
