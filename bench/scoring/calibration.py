"""Reliability of probabilities, and temperature scaling. Brier score and log loss are in `bench.scoring.metrics`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from bench.scoring.metrics import BINS

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

TEMPERATURES = (0.05, 20.0)  # between certainty and indifference; separable predictions would ask for zero


@dataclass(frozen=True)
class Reliability:
    """Confidence against accuracy in bins of equal width; NaN in empty bins."""

    confidence: Array
    accuracy: Array
    counts: Array

    @property
    def ece(self) -> float:
        """Expected calibration error: the gap between confidence and accuracy, averaged over windows (Guo 2017)."""
        if not self.counts.any():
            return np.nan
        filled = self.counts > 0
        gaps = np.abs(self.accuracy[filled] - self.confidence[filled])
        return float(gaps @ self.counts[filled] / self.counts.sum())


def reliability(labels: Array, probabilities: Array, bins: int = BINS) -> Reliability:
    """The reliability curve of (n, classes) probabilities, by the confidence in the most probable class.

    Bins have equal width and are closed on the right, as those of the metric `ece` (Guo, Pleiss, Sun and Weinberger,
    ICML 2017).
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities, dtype=np.float64)
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    places = np.clip(np.ceil(confidence * bins).astype(np.intp) - 1, 0, bins - 1)
    counts = np.bincount(places, minlength=bins)
    sums = np.stack([np.bincount(places, each, bins) for each in (confidence, right)])
    means = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    return Reliability(means[0], means[1], counts)


def fit_temperature(labels: Array, probabilities: Array) -> float:
    """The temperature that minimises the log loss of inner predictions, (n, classes).

    Logits are logarithms of probabilities, from which they differ by a constant that softmax ignores. The log loss is
    convex in 1/T, so it has one minimum (Guo et al. 2017, section 4.2). A value above 1 means overconfidence.
    """
    from scipy.optimize import minimize_scalar

    logits = _logits(probabilities)
    rows, labels = np.arange(len(logits)), np.asarray(labels)

    def loss(logarithm: float) -> float:
        scaled = logits * np.exp(-logarithm)
        return float((special.logsumexp(scaled, axis=1) - scaled[rows, labels]).mean())

    found = minimize_scalar(loss, bounds=np.log(TEMPERATURES), method="bounded", options={"xatol": 1e-8})
    return float(np.exp(found.x))


def with_temperature(probabilities: Array, temperature: float) -> Array:
    """Softmax of logits divided by the temperature; the order of classes stays."""
    scaled: Array = special.softmax(_logits(probabilities) / temperature, axis=1)
    return scaled


def _logits(probabilities: Array) -> Array:
    """Logarithms, of the smallest number that counts where a probability is 0."""
    logits: Array = np.log(np.maximum(np.asarray(probabilities, dtype=np.float64), np.finfo(np.float64).eps))
    return logits
