"""A baseline that looks at the clock: conditions in a fixed order can be told by the time alone."""

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
    """The class frequencies, or the mean number, of the training windows that start at a similar time of their session.

    Those of the whole training part, where there is none. Equal frequencies give equal probabilities.
    """

    inputs: ClassVar[Inputs] = "index"
    predicts: ClassVar[tuple[TargetType, ...]] = ("classes", "numbers")
    within: Annotated[float, Range(1, 600, log=True), "seconds before and after the start of a window"] = 30.0

    def estimator(self, seed: int, device: str) -> Estimator:
        return Clock(self.within)


class Clock:
    """The estimator: starting times in order, and how many windows of each class, or which sum, came before each."""

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
