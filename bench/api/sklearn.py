"""Models that are scikit-learn estimators."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bench.api.models import Model

if TYPE_CHECKING:
    from bench.api.arrays import Array
    from bench.api.models import Estimator, Regressor


@dataclass(frozen=True)
class SklearnModel(Model):
    """A scikit-learn estimator on feature vectors. Implement `build`; its parameters are fields of the dataclass.

    Missing features and standardisation are handled with statistics of the training part, the seed is passed to every
    `random_state`, and predictions have a column for each class, also for one that the training part lacks. A
    classifier needs `predict_proba` or `decision_function`. For regression set `predicts = ("numbers",)`.
    """

    #: standardise features, and the values of a regression target
    standardise: ClassVar[bool] = True
    #: keep missing features (NaN), for estimators that accept them, instead of imputing the median
    accepts_missing: ClassVar[bool] = False

    @abstractmethod
    def build(self, classes: int) -> Any:
        """Return an unfitted estimator. `classes` is the number of classes, 0 for regression."""

    def adapt(self, estimator: Any, features: Array) -> None:
        """Set parameters that depend on the prepared training features, (n, features), with `set_params`."""

    def size(self, fitted: Any) -> int | None:
        """The number of values that the fitted estimator has learnt, for the results; None if unknown."""
        return None

    def estimator(self, seed: int, device: str) -> Estimator | Regressor:
        from bench.tabular.estimators import SklearnEstimator

        return SklearnEstimator(self, seed)
