"""Scores of stimuli whose mean is the AUROC of subjects, and whose variance is that of this mean over stimuli.

A stimulus of one class has no AUROC of its own, but the AUROC of subjects still depends on which stimuli were drawn. So
the score of a stimulus is a pseudo-value of the jackknife: the mean over subjects, and what this stimulus contributes
to it, times the number of stimuli (Miller, Biometrika 61, 1974; Efron and Stein, Annals of Statistics 9, 1981). The
contribution is the derivative by the weight of the stimulus (the infinitesimal jackknife), since a subject who has few
stimuli may have no AUROC without one of them. With one subject and one window per stimulus, these are the structural
components of DeLong and others (Biometrics 44, 1988).

AUROC compares two stimuli at a time, so a comparison is in the pseudo-values of both, and their variance counts what is
its own twice. That matters where a stimulus is compared with few others, as it is within folds: with a single one, the
variance is twice too large. The variance of a sum over pairs that are alike where they share a stimulus counts it once
(Fafchamps and Gubert, Journal of Development Economics 83, 2007; Aronow, Samii and Assenova, Political Analysis 23,
2015). Deviations from an estimated mean make it too small by the share of pairs of comparisons that have a stimulus in
common, so it is divided by the rest. Pseudo-values are scaled about their mean until they have this variance.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.scoring.variance import FEWEST_UNITS, NOISE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Array = npt.NDArray[Any]

LEAST = 0.5  # of the variance: no comparison is counted more than twice


def auroc_by_stimulus(
    labels: Array, probabilities: Array, subjects: Array, folds: Array, stimuli: Array
) -> tuple[Array, Array]:
    """The stimuli in sorted order, and the pseudo-value of each, which may lie outside of 0 to 1.

    Their mean is the mean over subjects of `bench.scoring.auroc.auroc_by_subject`. NaN for stimuli whose windows are
    compared with none, and for all if fewer than three are left. Call it for one seed and one repeat at a time.
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities, dtype=np.float64)
    names, stimulus = np.unique(np.asarray(stimuli), return_inverse=True)
    fold = np.unique(np.asarray(folds), return_inverse=True)[1]
    shares, weights, areas = np.zeros((len(names), len(names))), np.zeros((len(names), len(names))), []
    for mine in _parts(np.asarray(subjects)):
        seen, place = np.unique(stimulus[mine], return_inverse=True)
        found = list(_comparisons(labels[mine], probabilities[mine], fold[mine], place))
        own = [won.sum() / pairs.sum() for won, pairs in found]
        for area, (won, pairs) in zip(own, found, strict=True):
            total = pairs.sum() * len(found)
            shares[np.ix_(seen, seen)] += (won - area * pairs) / total
            weights[np.ix_(seen, seen)] += pairs / total
        areas += [np.mean(own)] if own else []
    compared = (weights.sum(axis=0) + weights.sum(axis=1)) > 0
    values, count = np.full(len(names), np.nan), int(compared.sum())
    if count >= FEWEST_UNITS:
        both = np.ix_(compared, compared)
        changes = _scaled_changes(shares[both] / len(areas), weights[both] / len(areas))
        values[compared] = np.mean(areas) + count * (changes - changes.mean())
    return names, values


def _scaled_changes(shares: Array, weights: Array) -> Array:
    """By how much each stimulus changes the mean, from what each pair of stimuli adds to it and weighs in it."""
    changes, once = _over_pairs(shares)
    _, alike = _over_pairs(weights)
    total, count = np.square(changes).sum(), len(changes)
    if not total:
        return changes
    rest = 1 - alike  # 0 where one stimulus is in all comparisons: nothing says how much others would differ from it
    share = (count - 1) / count * once / (total * rest) if rest > NOISE else LEAST
    return changes * math.sqrt(max(share, LEAST))


def _over_pairs(values: Array) -> tuple[Array, float]:
    """The sum of each stimulus, and the sum of the products of all pairs that share a stimulus, each pair once."""
    pairs = values + values.T
    np.fill_diagonal(pairs, values.diagonal())  # windows of one stimulus
    sums = np.asarray(pairs.sum(axis=1))
    return sums, float(np.square(sums).sum() - np.square(np.triu(pairs, 1)).sum())


def _parts(groups: Array) -> list[Array]:
    """The places of each group."""
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.flatnonzero(groups[order][1:] != groups[order][:-1]) + 1)


def _comparisons(labels: Array, probabilities: Array, fold: Array, stimulus: Array) -> Iterator[tuple[Array, Array]]:
    """Of each class of one subject that has an AUROC: (positive stimuli, negative stimuli) pairs of windows in order,
    and all pairs. As in `auroc_by_subject`, pairs are within folds, unless no fold has any.
    """
    for number in [1] if probabilities.shape[1] == 2 else range(probabilities.shape[1]):
        for group in (fold, np.zeros_like(fold)):
            won, pairs = _won(labels == number, probabilities[:, number], group, stimulus)
            if pairs.any():
                yield won, pairs
                break


def _won(positive: Array, score: Array, group: Array, stimulus: Array) -> tuple[Array, Array]:
    count = int(stimulus.max()) + 1
    won, pairs = np.zeros((count, count)), np.zeros((count, count))
    for mine in _parts(group):
        rest = mine[~positive[mine]]
        negatives, against = score[rest], stimulus[rest]
        windows = np.bincount(against, minlength=count)
        own = mine[positive[mine]]
        for one in _parts(stimulus[own]) if len(own) and len(rest) else ():
            scores, place = np.sort(score[own[one]]), stimulus[own[one[0]]]
            lower = np.searchsorted(scores, negatives, "left") + np.searchsorted(scores, negatives, "right")
            won[place] += np.bincount(against, len(scores) - lower / 2, count)  # ties count one half
            pairs[place] += len(scores) * windows
    return won, pairs
