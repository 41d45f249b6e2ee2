"""Baselines from how often each class is in the training part, or from the mean of its numbers."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from bench.api import Model, TargetType
from bench_classical.draws import uniform

if TYPE_CHECKING:
    from bench.api import Array, Estimator, Inputs, LabelledWindows, Regressor, Windows


def columns(train: LabelledWindows) -> Array:
    """(n, classes) with a 1 for the class of each window, or (n, 1) of numbers: what baselines take means of."""
    if train.classes:
        return np.asarray(np.eye(len(train.classes))[np.asarray(train.labels, dtype=np.intp)])
    return np.asarray(train.labels, dtype=np.float64)[:, None]


def frequencies(train: LabelledWindows) -> Array:
    """The share of each class in the training part, equal shares where it is empty; of numbers, their mean, or 0."""
    found = columns(train)
    if len(found):
        return np.asarray(found.mean(axis=0))
    return np.full(len(train.classes), 1 / len(train.classes)) if train.classes else np.zeros(1)


@dataclass(frozen=True)
class Frequencies(Model):
    """A baseline that knows nothing but the share of each class."""

    inputs: ClassVar[Inputs] = "index"

    def estimator(self, seed: int, device: str) -> Estimator:
        return FrequencyRule(self, seed)

    @abstractmethod
    def probabilities(self, prior: Array, windows: Windows, seed: int) -> Array:
        """(n, classes), or one row for all windows."""


class FrequencyRule:
    """The estimator of a baseline of frequencies."""

    def __init__(self, model: Frequencies, seed: int) -> None:
        self.model = model
        self.seed = seed

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        self.prior = frequencies(train)

    def predict_proba(self, windows: Windows) -> Array:
        rows = self.model.probabilities(self.prior, windows, self.seed)
        return np.broadcast_to(rows, (len(windows), len(self.prior))).copy()


@dataclass(frozen=True)
class Mean(Model):
    """The mean of the training part, whatever the window."""

    inputs: ClassVar[Inputs] = "index"
    predicts: ClassVar[tuple[TargetType, ...]] = ("numbers",)

    def estimator(self, seed: int, device: str) -> Regressor:
        return MeanRule()


class MeanRule:
    """Its estimator."""

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        self.mean = frequencies(train)[0]

    def predict(self, windows: Windows) -> Array:
        return np.full(len(windows), self.mean)


@dataclass(frozen=True)
class Majority(Frequencies):
    """The most frequent class; of equally frequent ones the first."""

    def probabilities(self, prior: Array, windows: Windows, seed: int) -> Array:
        return np.asarray(np.eye(len(prior))[prior.argmax()])


@dataclass(frozen=True)
class Prior(Frequencies):
    """The class frequencies; where two are equal, so are the probabilities."""

    def probabilities(self, prior: Array, windows: Windows, seed: int) -> Array:
        return prior


@dataclass(frozen=True)
class AlwaysPositive(Frequencies):
    """The positive class, which is the last one."""

    def probabilities(self, prior: Array, windows: Windows, seed: int) -> Array:
        return np.asarray(np.eye(len(prior))[-1])


@dataclass(frozen=True)
class Stratified(Frequencies):
    """A class drawn by the frequencies, from the seed and the window's trial and time alone."""

    def probabilities(self, prior: Array, windows: Windows, seed: int) -> Array:
        below = np.cumsum(prior)[:-1]  # without the last edge, which may be a little below 1
        return np.eye(len(prior))[np.searchsorted(below, uniform(windows, seed), side="right")]
