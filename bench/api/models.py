"""Models, their estimators, and the combinations that they are part of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from bench.api.plugin import Configurable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api.arrays import Array
    from bench.api.datasets import Dataset
    from bench.api.fusion import Fusion
    from bench.api.protocols import Protocol as EvaluationProtocol
    from bench.api.windows import LabelledWindows, Windows

Inputs = Literal["features", "signals", "index"]
TargetType = Literal["classes", "numbers"]  # of classification, and of regression


class Estimator(Protocol):
    """A classifier. It may have a method `parameters() -> int`, the number of values that it has learnt."""

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        """Learn from the training part. `validation` is None unless `Model.validates` is true."""

    def predict_proba(self, windows: Windows) -> Array:
        """Return probabilities, (n, classes), each row from its own window. The positive class is the last column."""


class Regressor(Protocol):
    """A regressor. One class may implement both; `train.classes` is empty for regression."""

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        """Learn from the training part. `validation` is None unless `Model.validates` is true."""

    def predict(self, windows: Windows) -> Array:
        """Return one value per window, (n,), each from its own window."""


class Model(Configurable, ABC):
    """A model, which creates estimators. See `SklearnModel` and `Staged` for shorter ways to write one."""

    #: what it learns from: feature vectors, signals, or only the index (subject, trial, time; for baselines)
    inputs: ClassVar[Inputs] = "features"
    #: the kinds of target that it can predict
    predicts: ClassVar[tuple[TargetType, ...]] = ("classes",)
    devices: ClassVar[tuple[str, ...]] = ("cpu",)

    @property
    def validates(self) -> bool:
        """Whether `fit` needs a validation part, which is then taken out of the training part."""
        return False

    @abstractmethod
    def estimator(self, seed: int, device: str) -> Estimator | Regressor:
        """Return a new estimator. All its randomness must come from the seed."""

    def default_preprocessing(self, dataset: Dataset, modalities: Sequence[str]) -> str:
        """Return the chain of steps that is used without `--preprocess`, as users type it.

        Empty: no steps. Then signals are as recorded, each at its own rate. If the chain has no extractor, a model of
        features receives the features of `statistics`. `modalities` is empty if the user chose none.
        """
        return ""

    def refuse(self, combination: Combination) -> str | None:
        """Return why this model cannot be used here, or None."""
        return None


@dataclass(frozen=True)
class Combination:
    """The plugins of one row of a comparison, before any data are read."""

    dataset: Dataset
    target: str
    modalities: tuple[str, ...]
    model: Model
    fusion: Fusion
    protocol: EvaluationProtocol
