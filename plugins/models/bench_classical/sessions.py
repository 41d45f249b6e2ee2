"""A baseline that uses the time in the session, which reveals conditions that come in a fixed order."""

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


class Clock:
    """The estimator: sorted start times with cumulative class counts, or cumulative sums of a regression target."""

    def __init__(self, within: float) -> None:
        self.within = within

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        order = np.argsort(train.start, kind="stable")
        self.start = np.asarray(train.start, dtype=np.float64)[order]
        each = columns(train)[order]
        self.before = np.zeros((len(order) + 1, each.shape[1]))
        np.cumsum(each, axis=0, out=self.before[1:])
        self.prior = frequencies(train)

    def predict_proba(self, windows: Windows) -> Array:
        start = np.asarray(windows.start, dtype=np.float64)
        first = np.searchsorted(self.start, start - self.within, side="left")
        stop = np.searchsorted(self.start, start + self.within, side="right")
        counts = self.before[stop] - self.before[first]
        number = (stop - first)[:, None]
        return np.where(number > 0, counts / np.maximum(number, 1), self.prior)

    def predict(self, windows: Windows) -> Array:
        return self.predict_proba(windows)[:, 0]
