"""Classifiers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from bench.api import Range, SklearnModel

if TYPE_CHECKING:
    from bench.api import Array

Weights = Literal["none", "balanced"]


def class_weight(option: str) -> str | None:
    """The option as scikit-learn's parameter."""
    return None if option == "none" else option


class QuietLogisticRegression(LogisticRegression):  # type: ignore[misc]
    """Keeps the last coefficients, without a warning, if the iterations do not suffice for convergence."""

    def fit(self, *arguments: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return super().fit(*arguments)


@dataclass(frozen=True)
class Logistic(SklearnModel):
    """Logistic regression with an L2 penalty, solved by L-BFGS."""

    C: Annotated[float, Range(1e-4, 1e4, log=True), "inverse of the regularisation strength"] = 1.0
    class_weight: Annotated[Weights, "balanced: weight classes by inverse frequency"] = "none"

    def build(self, classes: int) -> Any:
        return QuietLogisticRegression(C=self.C, class_weight=class_weight(self.class_weight), max_iter=2000)

    def size(self, fitted: Any) -> int:
        return int(fitted.coef_.size + fitted.intercept_.size)


@dataclass(frozen=True)
class SupportVectors(SklearnModel):
    """Support vector machine with an RBF kernel.

    Probabilities are the sigmoid of the decision function (softmax for more than two classes). They are not calibrated.
    """

    C: Annotated[float, Range(1e-2, 1e3, log=True), "inverse of the regularisation strength"] = 1.0
    gamma: Annotated[
        float, Range(1e-2, 1e2, log=True), "width of the kernel, as a multiple of scikit-learn's 'scale'"
    ] = 1.0
    class_weight: Annotated[Weights, "balanced: weight classes by inverse frequency"] = "none"

    def build(self, classes: int) -> Any:
        return SVC(C=self.C, class_weight=class_weight(self.class_weight))

    def adapt(self, estimator: Any, features: Array) -> None:
        variance = float(features.var()) or 1.0
        estimator.set_params(gamma=self.gamma / (features.shape[1] * variance))

    def size(self, fitted: Any) -> int:
        return int(fitted.support_vectors_.size + fitted.dual_coef_.size + fitted.intercept_.size)


@dataclass(frozen=True)
class Forest(SklearnModel):
    """Random forest. Features are standardised because its trees use single precision."""

    trees: Annotated[int, Range(10, 1000, log=True), "number of trees"] = 100
    max_features: Annotated[Literal["sqrt", "log2", "all"], "number of features considered at each split"] = "sqrt"
    min_leaf: Annotated[int, Range(1, 50, log=True), "minimum number of windows in a leaf"] = 1
    class_weight: Annotated[Weights, "balanced: weight classes by inverse frequency"] = "none"

    def build(self, classes: int) -> Any:
        return RandomForestClassifier(
            n_estimators=self.trees,
            max_features=None if self.max_features == "all" else self.max_features,
            min_samples_leaf=self.min_leaf,
            class_weight=class_weight(self.class_weight),
        )

    def size(self, fitted: Any) -> int:
        return sum(tree.tree_.node_count for tree in fitted.estimators_)


@dataclass(frozen=True)
class Boosting(SklearnModel):
    """Gradient boosting of trees on histograms, which have a bin of their own for missing values.

    There is no early stopping, because its validation part would ignore subjects and trials.
    """

    learning_rate: Annotated[float, Range(1e-2, 1, log=True), "shrinkage of each tree"] = 0.1
    iterations: Annotated[int, Range(10, 1000, log=True), "boosting iterations, with one tree per class"] = 100
    leaves: Annotated[int, Range(2, 128, log=True), "maximum number of leaves in a tree"] = 31
    min_leaf: Annotated[int, Range(1, 100, log=True), "minimum number of windows in a leaf"] = 20
    class_weight: Annotated[Weights, "balanced: weight classes by inverse frequency"] = "none"

    standardise: ClassVar[bool] = False
    accepts_missing: ClassVar[bool] = True

    def build(self, classes: int) -> Any:
        return HistGradientBoostingClassifier(
            learning_rate=self.learning_rate,
            max_iter=self.iterations,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.min_leaf,
            class_weight=class_weight(self.class_weight),
            early_stopping=False,
        )

    def size(self, fitted: Any) -> int:
        # There is no public attribute for the trees.
        return sum(len(tree.nodes) for trees in fitted._predictors for tree in trees)  # noqa: SLF001


@dataclass(frozen=True)
class Neighbours(SklearnModel):
    """Nearest neighbours; all training windows if there are fewer than `k`."""

    k: Annotated[int, Range(1, 101, log=True), "number of neighbours"] = 5
    weights: Annotated[Literal["uniform", "distance"], "distance: weight neighbours by inverse distance"] = "uniform"

    def build(self, classes: int) -> Any:
        return KNeighborsClassifier(weights=self.weights)

    def adapt(self, estimator: Any, features: Array) -> None:
        estimator.set_params(n_neighbors=min(self.k, len(features)))

    def size(self, fitted: Any) -> int:
        return int(fitted.n_samples_fit_ * (fitted.n_features_in_ + 1))
