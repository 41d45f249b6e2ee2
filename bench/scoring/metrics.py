"""Scores of predictions, defined as scikit-learn defines them, from the confusion matrix and from ranks.

They are computed for every fold, subject and seed, so a call must cost far less than the checks of
scikit-learn. A division by zero gives 0 for precision, recall, F1 and the Matthews coefficient, and NaN
elsewhere; nothing warns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

TUNED = "tuned_balanced_accuracy"  # at the threshold of the fold
HEADLINE = ("auroc", TUNED, "accuracy")
BINS = 15


def scores(labels: Array, probabilities: Array, thresholds: Array | None = None) -> dict[str, float]:
    """All metrics of (n, classes) probabilities; the prediction is the most probable class, the first of equals.

    `thresholds` of the second of two classes, one per window or one for all, serve `tuned_balanced_accuracy` alone,
    which is the balanced accuracy where there are none. `ece` is the expected calibration error over 15 equal-width
    bins of confidence, closed on the right.
    """
    labels, probabilities = np.asarray(labels, dtype=np.intp), np.asarray(probabilities, dtype=np.float64)
    classes = probabilities.shape[1]
    if not len(labels):
        return dict.fromkeys(NAMES, np.nan)
    decided = from_confusion(confusion(labels, probabilities.argmax(axis=1), classes))
    tuned = decided
    if thresholds is not None and classes == 2:
        tuned = from_confusion(confusion(labels, probabilities[:, 1] >= thresholds, classes))
    return {
        **{name: float(value) for name, value in decided.items()},
        TUNED: float(tuned["balanced_accuracy"]),
        **_from_ranks(labels, probabilities),
        **_from_probabilities(labels, probabilities),
    }


def confusion(labels: Array, predictions: Array, classes: int) -> Array:
    """How often each class (row) was predicted as each class (column)."""
    cells = np.asarray(labels, dtype=np.intp) * classes + np.asarray(predictions, dtype=np.intp)
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def at_chance(matrices: Array) -> dict[str, Array]:
    """The expected metrics of predictions with the same class frequencies, made without seeing the signals.

    Predictions that favour one class have a macro-F1 below that of a coin, and an accuracy above it where classes
    are not balanced, so scores are compared with these values and not with one half.
    """
    matrices = np.asarray(matrices, dtype=np.float64)
    truth, predicted = matrices.sum(axis=-1, keepdims=True), matrices.sum(axis=-2, keepdims=True)
    total = matrices.sum(axis=(-2, -1), keepdims=True)
    return from_confusion(truth * predicted / np.where(total > 0, total, 1))


def from_confusion(matrices: Array) -> dict[str, Array]:
    """The metrics of decisions, for one confusion matrix or for a stack of them (..., classes, classes).

    `f1`, `precision` and `recall` are those of the last class where there are two, macro averages elsewhere.
    Macro averages are over classes in truth or prediction, balanced accuracy is over classes in truth.
    """
    matrices = np.asarray(matrices, dtype=np.float64)
    right = np.diagonal(matrices, axis1=-2, axis2=-1)
    truth, predicted = matrices.sum(axis=-1), matrices.sum(axis=-2)
    total = truth.sum(axis=-1)
    precision, recall = _ratio(right, predicted, 0.0), _ratio(right, truth, 0.0)
    f1 = _ratio(2 * right, truth + predicted, 0.0)
    counted = truth + predicted > 0
    occurring = counted.sum(axis=-1)
    macro_f1 = _ratio((f1 * counted).sum(axis=-1), occurring)
    if matrices.shape[-1] == 2:
        chosen = {"f1": f1[..., 1], "precision": precision[..., 1], "recall": recall[..., 1]}
    else:
        chosen = {
            "f1": macro_f1,
            "precision": _ratio((precision * counted).sum(axis=-1), occurring),
            "recall": _ratio((recall * counted).sum(axis=-1), occurring),
        }
    hits, square = right.sum(axis=-1), total * total
    chance = (truth * predicted).sum(axis=-1)
    spread = (square - (truth * truth).sum(axis=-1)) * (square - (predicted * predicted).sum(axis=-1))
    return {
        "accuracy": _ratio(hits, total),
        "balanced_accuracy": _ratio((recall * (truth > 0)).sum(axis=-1), (truth > 0).sum(axis=-1)),
        "macro_f1": macro_f1,
        "weighted_f1": _ratio((f1 * truth).sum(axis=-1), total),
        **chosen,
        "mcc": _ratio(hits * total - chance, np.sqrt(spread), 0.0),
        "kappa": _ratio(hits * total - chance, square - chance),
    }


def _ratio(above: Array, below: Array, undefined: float = np.nan) -> Array:
    """A quotient, and what it is where the denominator is 0."""
    below = np.asarray(below)
    quotient: Array = np.divide(above, below, out=np.full(below.shape, undefined), where=below != 0)
    return quotient


def _from_ranks(labels: Array, probabilities: Array) -> dict[str, float]:
    """AUROC and average precision: of the last of two classes, else one class against the rest.

    The average over classes is over those in the truth. A single class has no AUROC.
    """
    classes = probabilities.shape[1]
    each = [
        _ranking(labels == number, probabilities[:, number]) for number in ([1] if classes == 2 else range(classes))
    ]
    auroc, average_precision = np.array(each).T
    present = ~np.isnan(average_precision)
    return {
        "auroc": float(auroc[present].sum() / present.sum()) if present.any() else np.nan,
        "average_precision": float(average_precision[present].sum() / present.sum()) if present.any() else np.nan,
    }


def _ranking(positive: Array, score: Array) -> tuple[float, float]:
    """Area under the ROC curve and average precision, with ties shared."""
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    last = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(score) - 1)  # of each run of equal scores
    hits = np.cumsum(positive[order])[last]
    false = last + 1 - hits
    if not hits[-1]:
        return np.nan, np.nan
    gained = np.diff(hits, prepend=0)
    precise = float((gained * hits / (last + 1)).sum() / hits[-1])
    if not false[-1]:
        return np.nan, precise
    area = (np.diff(false, prepend=0) * (hits - gained / 2)).sum()
    return float(area / (hits[-1] * false[-1])), precise


def _from_probabilities(labels: Array, probabilities: Array) -> dict[str, float]:
    """Log loss (natural logarithm), Brier score (halved for two classes) and calibration error."""
    rows, eps = np.arange(len(labels)), np.finfo(np.float64).eps
    errors = probabilities.copy()
    errors[rows, labels] -= 1
    brier = (errors * errors).sum() / len(labels)
    confidence = probabilities.max(axis=1)
    gap = (probabilities.argmax(axis=1) == labels) - confidence
    bins = np.clip(np.ceil(confidence * BINS).astype(np.intp) - 1, 0, BINS - 1)
    return {
        "log_loss": -float(np.log(np.clip(probabilities[rows, labels], eps, 1 - eps)).mean()),
        "brier": float(brier / 2 if probabilities.shape[1] == 2 else brier),
        "ece": float(np.abs(np.bincount(bins, weights=gap, minlength=BINS)).sum() / len(labels)),
    }


NAMES = tuple(scores(np.array([0, 1]), np.eye(2)))
