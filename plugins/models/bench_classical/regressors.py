"""The regressions and their options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from sklearn.svm import SVR

from bench.api import Range
from bench_classical.regression import Regression

if TYPE_CHECKING:
    from bench.api import Array

RANK = 1e-6  # directions in which features spread by less than this share of the widest count as none


@dataclass(frozen=True)
class Linear(Regression):
    """Multiple linear regression by least squares.

    Where features are collinear, or more than there are windows, many solutions fit alike: that of the smallest norm
    over the standardised features is taken, which shares a weight out between features that say the same.
    """

    def fitted(self, features: Array, numbers: Array) -> Any:
        return Plane(np.linalg.lstsq(features, numbers, rcond=RANK)[0])

    def size(self, fitted: Any) -> int:
        return len(fitted.weights) + 1


@dataclass(frozen=True)
class Plane:
    """Weights of features; the mean has been taken from both sides already."""

    weights: Array

    def predict(self, features: Array) -> Array:
        return np.asarray(np.einsum("wf,f->w", features, self.weights))  # unlike @, each row as if it were alone


@dataclass(frozen=True)
class SupportVectorRegression(Regression):
    """A support vector machine for numbers with an RBF kernel."""

    C: Annotated[float, Range(1e-2, 1e3, log=True), "inverse of the penalty"] = 1.0
    epsilon: Annotated[
        float, Range(1e-3, 1, log=True), "errors up to this cost nothing, in standard deviations of the training part"
    ] = 0.1
    gamma: Annotated[
        float, Range(1e-2, 1e2, log=True), "in units of 1 / (features x variance), scikit-learn's scale"
    ] = 1.0

    def fitted(self, features: Array, numbers: Array) -> Any:
        gamma = self.gamma / (features.shape[1] * (float(features.var()) or 1.0))
        return SVR(C=self.C, epsilon=self.epsilon, gamma=gamma).fit(features, numbers)

    def size(self, fitted: Any) -> int:
        return int(fitted.support_vectors_.size + fitted.dual_coef_.size + fitted.intercept_.size)
