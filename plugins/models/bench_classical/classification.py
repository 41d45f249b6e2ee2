"""How a scikit-learn classifier becomes an estimator of this benchmark."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import config_context

from bench.api import Model
from bench.errors import TaskError
from bench_classical.imputation import Medians

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.api import Array, Estimator, LabelledWindows, Windows


# Options have been checked and values are checked here once: scikit-learn need not do so in every call of a fit.
CHECKED = {"assume_finite": True, "skip_parameter_validation": True}


@dataclass(frozen=True)
class Classifier(Model):
    """A classifier of feature vectors."""

    def estimator(self, seed: int, device: str) -> Estimator:
        return Classification(self, seed)

    @abstractmethod
    def classifier(self, features: Array, seed: int) -> Any:
        """A scikit-learn classifier with these options; it may look at the prepared training features."""

    @abstractmethod
    def size(self, fitted: Any) -> int:
        """The number of values that the classifier has learnt or stored."""

    def preparation(self, features: Array) -> Callable[[Array], Array]:
        """What is learnt from the training part to prepare every part."""
        return Preparation(features)

    def probabilities(self, fitted: Any, features: Array) -> Array:
        """(n, classes that were in the training part)."""
        return np.asarray(fitted.predict_proba(features))


class Preparation:
    """Medians for what is missing, then mean 0 and standard deviation 1, all as in the training part.

    As scikit-learn's StandardScaler does it, in a third of its time: it is done once per fold and modality.
    """

    def __init__(self, training: Array) -> None:
        self.medians = Medians(training)
        filled = self.medians.fill(training)
        self.mean: Array = filled.mean(axis=0)
        spread = filled.std(axis=0)
        rounding = len(filled) * np.finfo(float).eps * np.abs(self.mean)  # all that a constant column can spread
        self.scale = np.where(spread > rounding, spread, 1.0)

    def __call__(self, features: Array) -> Array:
        scaled: Array = self.medians.fill(features) - self.mean
        scaled /= self.scale
        if not np.isfinite(scaled.sum()) and not np.isfinite(scaled).all():
            raise TaskError("A feature is infinite or too large; leave it out, or scale it in a preprocessing step.")
        return scaled


class Classification:
    """The estimator of a classifier: prepare, fit, and one probability column for each class of the target."""

    def __init__(self, model: Classifier, seed: int) -> None:
        self.model = model
        self.seed = seed

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        labels = np.asarray(train.labels)
        present = np.unique(labels)
        if len(present) < 2:
            only = f"only windows of the class '{train.classes[int(present[0])]}'" if len(present) else "no windows"
            raise TaskError(
                f"The training part has {only}, so there is nothing to tell apart; choose another target, "
                "or a protocol whose training parts hold at least two classes."
            )
        features = train.features()
        self.classes = len(train.classes)
        with config_context(**CHECKED):
            self.preparation = self.model.preparation(features)
            prepared = self.preparation(features)
            self.fitted = self.model.classifier(prepared, self.seed).fit(prepared, labels)

    def predict_proba(self, windows: Windows) -> Array:
        with config_context(**CHECKED):
            found = self.model.probabilities(self.fitted, self.preparation(windows.features()))
        if found.shape[1] == self.classes:
            return found
        table = np.zeros((len(found), self.classes))
        table[:, self.fitted.classes_] = found
        return table

    def parameters(self) -> int:
        return self.model.size(self.fitted)
