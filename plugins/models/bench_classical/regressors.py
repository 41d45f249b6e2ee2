"""Regressors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from sklearn.svm import SVR

from bench.api import Range, SklearnModel

if TYPE_CHECKING:
    from bench.api import Array, TargetType

RANK = 1e-6  # singular values below this share of the largest count as zero


@dataclass(frozen=True)
class Linear(SklearnModel):
    """Multiple linear regression by least squares.

    If features are collinear, or more than the windows, the solution of minimum norm on standardised features is taken.
    """

    predicts: ClassVar[tuple[TargetType, ...]] = ("numbers",)

    def build(self, classes: int) -> Any:
        return LeastSquares()

    def size(self, fitted: Any) -> int:
        return len(fitted.weights) + 1


class LeastSquares:
    """Least squares without an intercept: features and targets are standardised."""

    def fit(self, features: Array, targets: Array) -> LeastSquares:
        self.weights: Array = np.linalg.lstsq(features, targets, rcond=RANK)[0]
        return self

    def predict(self, features: Array) -> Array:
        # Unlike @, the result for a row does not depend on the other rows.
        return np.asarray(np.einsum("wf,f->w", features, self.weights))


@dataclass(frozen=True)
class SupportVectorRegression(SklearnModel):
    """Support vector regression with an RBF kernel."""

    C: Annotated[float, Range(1e-2, 1e3, log=True), "inverse of the regularisation strength"] = 1.0
    epsilon: Annotated[
        float, Range(1e-3, 1, log=True), "errors up to this have no loss, in standard deviations of the training part"
    ] = 0.1
    gamma: Annotated[
        float, Range(1e-2, 1e2, log=True), "width of the kernel, as a multiple of scikit-learn's 'scale'"
    ] = 1.0

    predicts: ClassVar[tuple[TargetType, ...]] = ("numbers",)

    def build(self, classes: int) -> Any:
        return SVR(C=self.C, epsilon=self.epsilon)

    def adapt(self, estimator: Any, features: Array) -> None:
        estimator.set_params(gamma=self.gamma / (features.shape[1] * (float(features.var()) or 1.0)))

    def size(self, fitted: Any) -> int:
        return int(fitted.support_vectors_.size + fitted.dual_coef_.size + fitted.intercept_.size)
