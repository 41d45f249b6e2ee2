"""Baselines that use the time in the session, which reveals conditions that come in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np

from bench.api import Model, Range, TargetType
from bench_classical.frequencies import columns, frequencies

if TYPE_CHECKING:
    from bench.api import Array, Estimator, Inputs, LabelledWindows, Windows


@dataclass(frozen=True)
class TimeInSession(Model):
    """Class frequencies, or the mean, of the training windows that start at a similar time of their session.

    If there are none, those of the whole training part.
    """

    inputs: ClassVar[Inputs] = "index"
    predicts: ClassVar[tuple[TargetType, ...]] = ("classes", "numbers")
    within: Annotated[float, Range(1, 600, log=True), "largest difference between starts, in seconds"] = 30.0

    def estimator(self, seed: int, device: str) -> Estimator:
        return Clock(self.within)


@dataclass(frozen=True)
class RelativeTime(Model):
    """Class frequencies, or the mean, of the training windows that start at a similar share of their session.

    Sessions that begin later or last longer can have the same order of conditions, which the time in seconds hides.
    """

    inputs: ClassVar[Inputs] = "index"
    predicts: ClassVar[tuple[TargetType, ...]] = ("classes", "numbers")
    within: Annotated[float, Range(0.001, 0.5, log=True), "largest difference, as a share of the session"] = 0.02

    def estimator(self, seed: int, device: str) -> Estimator:
        return Clock(self.within, "relative_time")


class Clock:
    """The estimator: sorted times with cumulative class counts, or cumulative sums of a regression target."""

    def __init__(self, within: float, column: str = "start") -> None:
        self.within, self.column = within, column

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        times = self.times(train)
        order = np.argsort(times, kind="stable")
        self.start = times[order]
        each = columns(train)[order]
        self.before = np.zeros((len(order) + 1, each.shape[1]))
        np.cumsum(each, axis=0, out=self.before[1:])
        self.prior = frequencies(train)

    def predict_proba(self, windows: Windows) -> Array:
        start = self.times(windows)
        first = np.searchsorted(self.start, start - self.within, side="left")
        stop = np.searchsorted(self.start, start + self.within, side="right")
        counts = self.before[stop] - self.before[first]
        number = (stop - first)[:, None]
        return np.where(number > 0, counts / np.maximum(number, 1), self.prior)

    def times(self, windows: Windows) -> Array:
        return np.asarray(getattr(windows, self.column), dtype=np.float64)

    def predict(self, windows: Windows) -> Array:
        return self.predict_proba(windows)[:, 0]
