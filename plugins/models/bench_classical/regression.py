"""How a regression of feature vectors becomes an estimator of this benchmark."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn import config_context

from bench.api import Model, TargetType
from bench.errors import TaskError
from bench_classical.classification import CHECKED, Preparation

if TYPE_CHECKING:
    from bench.api import Array, LabelledWindows, Regressor, Windows


@dataclass(frozen=True)
class Regression(Model):
    """A regression of numbers on feature vectors.

    Missing features are the medians of the training part; features and numbers are then standardised as in the
    training part, so that options mean the same whatever the unit is.
    """

    predicts: ClassVar[tuple[TargetType, ...]] = ("numbers",)

    def estimator(self, seed: int, device: str) -> Regressor:
        return Regressing(self)

    @abstractmethod
    def fitted(self, features: Array, numbers: Array) -> Any:
        """Something that has `predict`, fitted to prepared features and standardised numbers."""

    @abstractmethod
    def size(self, fitted: Any) -> int:
        """The number of values that have been learnt or stored."""


class Regressing:
    """The estimator: prepare, fit, and predict in the unit of the training part."""

    def __init__(self, model: Regression) -> None:
        self.model = model

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        numbers = np.asarray(train.labels, dtype=np.float64)
        if not len(numbers):
            raise TaskError("The training part has no windows, so there is nothing to learn from.")
        features = train.features()
        self.mean, self.spread = numbers.mean(), numbers.std() or 1.0
        with config_context(**CHECKED):
            self.preparation = Preparation(features)
            self.fitted = self.model.fitted(self.preparation(features), (numbers - self.mean) / self.spread)

    def predict(self, windows: Windows) -> Array:
        with config_context(**CHECKED):
            found = self.fitted.predict(self.preparation(windows.features()))
        return np.asarray(found * self.spread + self.mean)

    def parameters(self) -> int:
        return self.model.size(self.fitted)
