"""scikit-learn estimators behind the interface of `bench.api.Estimator` and `Regressor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, softmax
from sklearn import config_context

from bench.errors import PluginError, TaskError
from bench.tabular.preparation import Preparation

if TYPE_CHECKING:
    from bench.api import Array, LabelledWindows, SklearnModel, Windows


class SklearnEstimator:
    """Prepares features, fits the estimator that the model builds, and returns predictions for all classes."""

    def __init__(self, model: SklearnModel, seed: int) -> None:
        self.model = model
        self.seed = seed
        # Features without NaN have been checked for infinite values, so scikit-learn need not check them in each call.
        self.checked = {"assume_finite": not model.accepts_missing}

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        self.classes = len(train.classes)
        targets = self._encoded(train) if train.classes else self._standardised(train)
        features = train.features()
        with config_context(**self.checked):
            self.preparation = Preparation(self.model, features)
            prepared = self.preparation(features)
            estimator = seeded(self.model.build(self.classes), self.seed)
            self.model.adapt(estimator, prepared)
            self.fitted = estimator.fit(prepared, targets)

    def predict_proba(self, windows: Windows) -> Array:
        with config_context(**self.checked):
            found = probabilities(self.fitted, self.preparation(windows.features()))
        if len(self.present) == self.classes:
            return found
        table = np.zeros((len(found), self.classes))
        table[:, self.present] = found
        return table

    def predict(self, windows: Windows) -> Array:
        with config_context(**self.checked):
            found = self.fitted.predict(self.preparation(windows.features()))
        return np.asarray(found * self.scale + self.mean)

    def parameters(self) -> int | None:
        return self.model.size(self.fitted)

    def _encoded(self, train: LabelledWindows) -> Array:
        """Class numbers from 0 without gaps, which some estimators expect."""
        self.present, encoded = np.unique(np.asarray(train.labels), return_inverse=True)
        if not len(self.present):
            raise TaskError("The training part has no windows.")
        if len(self.present) == 1:
            raise TaskError(
                f"All training windows are of the class '{train.classes[int(self.present[0])]}'; choose another target "
                "or a protocol whose training parts contain at least two classes."
            )
        return encoded

    def _standardised(self, train: LabelledWindows) -> Array:
        """The values of a regression target, standardised if the features are."""
        values = np.asarray(train.labels, dtype=np.float64)
        if not len(values):
            raise TaskError("The training part has no windows.")
        self.mean, self.scale = 0.0, 1.0
        if self.model.standardise:
            self.mean, self.scale = float(values.mean()), float(values.std()) or 1.0
        standardised: Array = (values - self.mean) / self.scale
        return standardised


def seeded(estimator: Any, seed: int) -> Any:
    """The estimator with this seed in every `random_state`, those of nested estimators included."""
    parameters = estimator.get_params() if hasattr(estimator, "get_params") else {}
    names = [name for name in parameters if name == "random_state" or name.endswith("__random_state")]
    return estimator.set_params(**dict.fromkeys(names, seed)) if names else estimator


def probabilities(fitted: Any, features: Array) -> Array:
    """(n, classes of the training part); the sigmoid or softmax of the decision function if there is no predict_proba.

    These are not calibrated: Platt's method would need inner folds, which scikit-learn draws without regard to groups.
    """
    if hasattr(fitted, "predict_proba"):
        return np.asarray(fitted.predict_proba(features))
    if not hasattr(fitted, "decision_function"):
        raise PluginError(
            f"{type(fitted).__name__} has neither predict_proba nor decision_function; "
            "wrap it in sklearn.calibration.CalibratedClassifierCV, or choose another estimator."
        )
    decision = fitted.decision_function(features)
    if decision.ndim == 1:
        return np.stack([expit(-decision), expit(decision)], axis=1)
    return np.asarray(softmax(decision, axis=1))
