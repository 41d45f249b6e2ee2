"""Mask implausible samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np

from bench.api import Preprocessor, Range
from bench.errors import UsageError

if TYPE_CHECKING:
    from bench.api import Array, Recording, Scope, Signal

NORMAL = 1.4826  # times the median absolute deviation: the standard deviation of normal values


@dataclass(frozen=True)
class Artefacts(Preprocessor):
    """Rules apply per channel; each is off until it is given a value."""

    low: Annotated[float | None, "values below become gaps"] = None
    high: Annotated[float | None, "values above become gaps"] = None
    spread: Annotated[
        float | None,
        Range(0.5, 1e6),
        "values farther from the session median than this many robust standard deviations become gaps",
    ] = None
    jump: Annotated[
        float | None, Range(0, 1e12), "change per second above which both samples of a jump become gaps"
    ] = None
    margin: Annotated[float, Range(0, 5), "seconds around each artefact that become gaps too"] = 0.0

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise UsageError(f"artefacts: 'low' is {self.low:g}, which has to be below 'high', {self.high:g}.")

    @property
    def scope(self) -> Scope:
        return "window" if self.spread is None else "recording"

    def apply(self, recording: Recording) -> Recording:
        signals = {modality: self.masked(signal) for modality, signal in recording.signals.items()}
        return replace(recording, signals=signals)

    def masked(self, signal: Signal) -> Signal:
        values = np.array(signal.values, dtype=np.float64)
        values[widened(self.artefacts(values, signal.rate), round(self.margin * signal.rate))] = np.nan
        return replace(signal, values=values)

    def artefacts(self, values: Array, rate: float) -> Array:
        """Samples that break a rule. Gaps break none, infinite values all."""
        found = np.isinf(values)
        if self.low is not None:
            found |= values < self.low
        if self.high is not None:
            found |= values > self.high
        if self.spread is not None:
            found |= outlying(values, self.spread)
        if self.jump is not None:
            with np.errstate(invalid="ignore"):  # from infinite to infinite
                jumps = np.abs(np.diff(values, axis=1)) * rate > self.jump
            found[:, 1:] |= jumps
            found[:, :-1] |= jumps
        return found


def outlying(values: Array, spread: float) -> Array:
    """Outliers from the median of their channel; none where half of the channel is constant."""
    far = np.zeros(values.shape, dtype=bool)
    for channel, out in zip(values, far, strict=True):
        known = channel[np.isfinite(channel)]
        if known.size:
            median = np.median(known)
            usual = NORMAL * np.median(np.abs(known - median))
            if usual > 0:
                out[:] = np.abs(channel - median) > spread * usual
    return far


def widened(found: Array, samples: int) -> Array:
    """The samples with a margin on either side."""
    if not samples:
        return found
    before = np.pad(np.cumsum(found, axis=1), ((0, 0), (1, 0)))
    place = np.arange(found.shape[1])
    last, first = np.minimum(place + samples + 1, found.shape[1]), np.maximum(place - samples, 0)
    wide: Array = before[:, last] > before[:, first]
    return wide
