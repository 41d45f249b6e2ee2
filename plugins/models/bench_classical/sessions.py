"""A baseline that looks at the clock: conditions in a fixed order can be told by the time alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from bench.api import Model, Range
from bench_classical.frequencies import frequencies

if TYPE_CHECKING:
    from bench.api import Array, Estimator, LabelledWindows, Windows


@dataclass(frozen=True)
class TimeInSession(Model):
    """The class frequencies of the training windows that start at a similar time of their session.

    The class frequencies of the whole training part, where there is none. Equal frequencies give
    equal probabilities.
    """

    inputs: ClassVar[Literal["features", "signals", "index"]] = "index"
    within: Annotated[float, Range(1, 600, log=True), "seconds before and after the start of a window"] = 30.0

    def estimator(self, seed: int, device: str) -> Estimator:
        return Clock(self.within)


class Clock:
    """The estimator: starting times in order, and how many windows of each class came before each."""

    def __init__(self, within: float) -> None:
        self.within = within

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        order = np.argsort(train.start, kind="stable")
        self.start = np.asarray(train.start, dtype=np.float64)[order]
        self.before = np.zeros((len(order) + 1, len(train.classes)))
        np.cumsum(np.eye(len(train.classes))[train.labels[order]], axis=0, out=self.before[1:])
        self.prior = frequencies(train)

    def predict_proba(self, windows: Windows) -> Array:
        start = np.asarray(windows.start, dtype=np.float64)
        first = np.searchsorted(self.start, start - self.within, side="left")
        stop = np.searchsorted(self.start, start + self.within, side="right")
        counts = self.before[stop] - self.before[first]
        number = (stop - first)[:, None]
        return np.where(number > 0, counts / np.maximum(number, 1), self.prior)
