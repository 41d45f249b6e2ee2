"""A model with an estimator of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from bench.api import Model, Range

if TYPE_CHECKING:
    from bench.api import Array, Estimator, LabelledWindows, Windows


@dataclass(frozen=True)
class NearestMean(Model):
    """Gaussian classes with equal spherical covariance on standardised features. Missing features count as average."""

    shrinkage: Annotated[float, Range(0, 0.9), "shrinkage of class means towards the overall mean"] = 0.0

    def estimator(self, seed: int, device: str) -> Estimator:
        return NearestMeanEstimator(self.shrinkage)


class NearestMeanEstimator:
    """Class means and the scale of features, learnt from one training part."""

    def __init__(self, shrinkage: float) -> None:
        self.shrinkage = shrinkage

    def fit(self, train: LabelledWindows, validation: LabelledWindows | None) -> None:
        features, labels = train.features(), train.labels
        known = ~np.isnan(features)
        count = np.maximum(known.sum(axis=0), 1)
        self.centre: Array = np.where(known, features, 0).sum(axis=0) / count
        spread = np.sqrt(np.where(known, (features - self.centre) ** 2, 0).sum(axis=0) / count)
        self.spread: Array = np.where(spread > 0, spread, 1)
        scaled = self.scaled(features)
        self.means: Array = np.full((len(train.classes), scaled.shape[1]), np.nan)  # NaN: not in the training part
        for number in np.unique(labels):
            self.means[number] = (1 - self.shrinkage) * scaled[labels == number].mean(axis=0)

    def predict_proba(self, windows: Windows) -> Array:
        distances = ((self.scaled(windows.features())[:, None] - self.means) ** 2).sum(axis=2)  # (n, classes)
        likelihoods = np.nan_to_num(np.exp((np.nanmin(distances, axis=1, keepdims=True) - distances) / 2))
        return np.asarray(likelihoods / likelihoods.sum(axis=1, keepdims=True))

    def scaled(self, features: Array) -> Array:
        return np.asarray(np.nan_to_num((features - self.centre) / self.spread))

    def parameters(self) -> int:
        return self.means.size + self.centre.size + self.spread.size
