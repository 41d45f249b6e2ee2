"""The classifiers and their options."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from scipy.special import expit, softmax
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from bench.api import Range
from bench_classical.classification import Classifier
from bench_classical.imputation import Blanks

if TYPE_CHECKING:
    from bench.api import Array

Weights = Literal["none", "balanced"]


def class_weight(option: str) -> str | None:
    """The option as scikit-learn wants it."""
    return None if option == "none" else option


class QuietLogisticRegression(LogisticRegression):  # type: ignore[misc]
    """One that keeps its best coefficients, without a warning, where its many iterations do not suffice."""

    def fit(self, *arguments: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return super().fit(*arguments)


@dataclass(frozen=True)
class Logistic(Classifier):
    """L2-penalised logistic regression, solved by L-BFGS."""

    C: Annotated[float, Range(1e-4, 1e4, log=True), "inverse of the penalty"] = 1.0
    class_weight: Annotated[Weights, "balanced: rare classes weigh more"] = "none"

    def classifier(self, features: Array, seed: int) -> Any:
        weight = class_weight(self.class_weight)
        return QuietLogisticRegression(C=self.C, class_weight=weight, max_iter=2000, random_state=seed)

    def size(self, fitted: Any) -> int:
        return int(fitted.coef_.size + fitted.intercept_.size)


@dataclass(frozen=True)
class SupportVectors(Classifier):
    """A support vector machine with an RBF kernel.

    Probabilities are the logistic sigmoid of the decision function (softmax for more than two classes):
    deterministic, free, and with the machine's own decision at 0.5. They rank windows, but nothing has
    calibrated them; Platt's scaling would need inner folds, which scikit-learn cuts without regard to
    people or trials.
    """

    C: Annotated[float, Range(1e-2, 1e3, log=True), "inverse of the penalty"] = 1.0
    gamma: Annotated[
        float, Range(1e-2, 1e2, log=True), "in units of 1 / (features x variance), scikit-learn's scale"
    ] = 1.0
    class_weight: Annotated[Weights, "balanced: rare classes weigh more"] = "none"

    def classifier(self, features: Array, seed: int) -> Any:
        variance = float(features.var()) or 1.0
        gamma = self.gamma / (features.shape[1] * variance)
        return SVC(C=self.C, gamma=gamma, class_weight=class_weight(self.class_weight), random_state=seed)

    def size(self, fitted: Any) -> int:
        return int(fitted.support_vectors_.size + fitted.dual_coef_.size + fitted.intercept_.size)

    def probabilities(self, fitted: Any, features: Array) -> Array:
        decision = fitted.decision_function(features)
        if decision.ndim == 1:
            return np.stack([expit(-decision), expit(decision)], axis=1)
        return np.asarray(softmax(decision, axis=1))


@dataclass(frozen=True)
class Forest(Classifier):
    """A random forest. It is given standardised features, because its trees work in single precision."""

    trees: Annotated[int, Range(10, 1000, log=True), "how many"] = 100
    max_features: Annotated[Literal["sqrt", "log2", "all"], "features that each split may choose from"] = "sqrt"
    min_leaf: Annotated[int, Range(1, 50, log=True), "windows in a leaf, at least"] = 1
    class_weight: Annotated[Weights, "balanced: rare classes weigh more"] = "none"

    def classifier(self, features: Array, seed: int) -> Any:
        return RandomForestClassifier(
            n_estimators=self.trees,
            max_features=None if self.max_features == "all" else self.max_features,
            min_samples_leaf=self.min_leaf,
            class_weight=class_weight(self.class_weight),
            random_state=seed,
        )

    def size(self, fitted: Any) -> int:
        return sum(tree.tree_.node_count for tree in fitted.estimators_)


@dataclass(frozen=True)
class Boosting(Classifier):
    """Gradient boosting of trees on histograms. Bins need no standardisation, and missing values have their own.

    It never stops early: that would set windows aside without regard to people or trials.
    """

    learning_rate: Annotated[float, Range(1e-2, 1, log=True), "what each tree may change"] = 0.1
    iterations: Annotated[int, Range(10, 1000, log=True), "trees per class, one after another"] = 100
    leaves: Annotated[int, Range(2, 128, log=True), "leaves in a tree, at most"] = 31
    min_leaf: Annotated[int, Range(1, 100, log=True), "windows in a leaf, at least"] = 20
    class_weight: Annotated[Weights, "balanced: rare classes weigh more"] = "none"

    def preparation(self, features: Array) -> Blanks:
        return Blanks(features)

    def classifier(self, features: Array, seed: int) -> Any:
        return HistGradientBoostingClassifier(
            learning_rate=self.learning_rate,
            max_iter=self.iterations,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.min_leaf,
            class_weight=class_weight(self.class_weight),
            early_stopping=False,
            random_state=seed,
        )

    def size(self, fitted: Any) -> int:
        # scikit-learn shows its trees nowhere else.
        return sum(len(tree.nodes) for trees in fitted._predictors for tree in trees)  # noqa: SLF001


@dataclass(frozen=True)
class Neighbours(Classifier):
    """The classes of the nearest training windows; of all of them, where there are fewer than `k`."""

    k: Annotated[int, Range(1, 101, log=True), "neighbours that are asked"] = 5
    weights: Annotated[Literal["uniform", "distance"], "distance: nearer ones count more"] = "uniform"

    def classifier(self, features: Array, seed: int) -> Any:
        return KNeighborsClassifier(n_neighbors=min(self.k, len(features)), weights=self.weights)

    def size(self, fitted: Any) -> int:
        return int(fitted.n_samples_fit_ * (fitted.n_features_in_ + 1))
