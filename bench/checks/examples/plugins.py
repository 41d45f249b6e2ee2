"""The simplest plugin of each kind, for checks of the other kinds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from bench.api import Card, Combination, Dataset, Fusion, Model, Protocol, TargetType
from bench.checks.examples.recording import CLASSES, MODALITIES, TARGET, recording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from bench.api import Array, Estimator, Inputs, LabelledWindows, Recording, Regressor, Rows, Windows


@dataclass(frozen=True)
class ExampleDataset(Dataset):
    """Simulated recordings of two subjects."""

    card: ClassVar[Card] = Card("Simulated recordings", "built in", "MIT", "none")

    @property
    def simulated(self) -> bool:
        return True

    @property
    def modalities(self) -> tuple[str, ...]:
        return tuple(MODALITIES)

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        return {TARGET: CLASSES}

    def subjects(self) -> Sequence[str]:
        return ["P01", "P02"]

    def load(self, subject: str) -> Sequence[Recording]:
        return [recording(subject)]

    def digest(self) -> str:
        return "example 1"


@dataclass(frozen=True)
class HalfSubjects(Protocol):
    """Tests on one half of the subjects, then on the other."""

    groups: ClassVar[tuple[str, ...]] = ("subject",)

    def outer(self, table: pd.DataFrame) -> Iterator[tuple[str, Rows, Rows]]:
        first = table["subject"].rank(method="dense").to_numpy() <= table["subject"].nunique() / 2
        for name, test in (("first", first), ("second", ~first)):
            yield name, np.flatnonzero(~test), np.flatnonzero(test)


@dataclass(frozen=True)
class NearestMean(Model):
    """Probabilities decrease with the squared distance to the class means."""

    inputs: ClassVar[Inputs] = "features"

    def estimator(self, seed: int, device: str) -> Estimator | Regressor:
        return NearestMeanRule(self.inputs)


@dataclass(frozen=True)
class NearestSignal(NearestMean):
    """The same on the mean and the standard deviation of each channel."""

    inputs: ClassVar[Inputs] = "signals"


@dataclass(frozen=True)
class NearestNumber(NearestMean):
    """The target of the nearest training window."""

    predicts: ClassVar[tuple[TargetType, ...]] = ("numbers",)

    def estimator(self, seed: int, device: str) -> Regressor:
        return NearestNumberRule()


class NearestNumberRule:
    """Its estimator."""

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        self.known, self.numbers = np.array(train.features()), np.array(train.labels)

    def predict(self, windows: Windows) -> Array:
        distances = ((windows.features()[:, None] - self.known) ** 2).sum(axis=2)
        return np.asarray(self.numbers[distances.argmin(axis=1)])


class NearestMeanRule:
    """The estimator for classification."""

    def __init__(self, inputs: str) -> None:
        self.inputs = inputs

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        values = self.values(train)
        self.means = np.stack([values[train.labels == number].mean(axis=0) for number in range(len(train.classes))])

    def predict_proba(self, windows: Windows) -> Array:
        distances = ((self.values(windows)[:, None] - self.means) ** 2).sum(axis=2)
        shares = np.exp(distances.min(axis=1, keepdims=True) - distances)
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def values(self, windows: Windows) -> Array:
        if self.inputs == "features":
            return windows.features()
        signals = windows.signals()
        return np.concatenate([signals.mean(axis=2), signals.std(axis=2)], axis=1)


EXAMPLE = Combination(ExampleDataset(), TARGET, tuple(MODALITIES), NearestMean(), Fusion(), HalfSubjects())


def combination(plugin: Model | Fusion | Protocol) -> Combination:
    """The example combination with this plugin."""
    if isinstance(plugin, Model):
        return replace(EXAMPLE, model=plugin)
    return replace(EXAMPLE, fusion=plugin) if isinstance(plugin, Fusion) else replace(EXAMPLE, protocol=plugin)
