"""Baselines that predict class frequencies, or the mean of a regression target."""

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
    """One-hot labels (n, classes), or the values (n, 1) of a regression target."""
    if train.classes:
        return np.asarray(np.eye(len(train.classes))[np.asarray(train.labels, dtype=np.intp)])
    return np.asarray(train.labels, dtype=np.float64)[:, None]


def frequencies(train: LabelledWindows) -> Array:
    """Class frequencies of the training part (equal if it is empty), or the mean (0) of a regression target."""
    found = columns(train)
    if len(found):
        return np.asarray(found.mean(axis=0))
    return np.full(len(train.classes), 1 / len(train.classes)) if train.classes else np.zeros(1)


@dataclass(frozen=True)
class Frequencies(Model):
    """A baseline that uses the class frequencies only."""

    inputs: ClassVar[Inputs] = "index"

    def estimator(self, seed: int, device: str) -> Estimator:
        return FrequencyRule(self, seed)

    @abstractmethod
    def probabilities(self, prior: Array, windows: Windows, seed: int) -> Array:
        """Probabilities (n, classes), or one row for all windows."""


class FrequencyRule:
    """The estimator of such a baseline."""

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
    """The mean of the training part."""

    inputs: ClassVar[Inputs] = "index"
    predicts: ClassVar[tuple[TargetType, ...]] = ("numbers",)

    def estimator(self, seed: int, device: str) -> Regressor:
        return MeanRule()


class MeanRule:
    """The estimator of `Mean`."""

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        self.mean = frequencies(train)[0]

    def predict(self, windows: Windows) -> Array:
        return np.full(len(windows), self.mean)


@dataclass(frozen=True)
class Majority(Frequencies):
    """The most frequent class; the first of equally frequent ones."""

    def probabilities(self, prior: Array, windows: Windows, seed: int) -> Array:
        return np.asarray(np.eye(len(prior))[prior.argmax()])


@dataclass(frozen=True)
class Prior(Frequencies):
    """The class frequencies as probabilities."""

    def probabilities(self, prior: Array, windows: Windows, seed: int) -> Array:
        return prior


@dataclass(frozen=True)
class AlwaysPositive(Frequencies):
    """The positive class, which is the last one."""

    def probabilities(self, prior: Array, windows: Windows, seed: int) -> Array:
        return np.asarray(np.eye(len(prior))[-1])


@dataclass(frozen=True)
class Stratified(Frequencies):
    """A random class with the class frequencies, which depends on the seed and the window's trial and time only."""

    def probabilities(self, prior: Array, windows: Windows, seed: int) -> Array:
        below = np.cumsum(prior)[:-1]  # without the last edge, which may be a little below 1
        return np.eye(len(prior))[np.searchsorted(below, uniform(windows, seed), side="right")]
