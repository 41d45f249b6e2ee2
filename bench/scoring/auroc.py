"""The area under the ROC curve of each subject, within the models that predicted it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


@dataclass(frozen=True)
class SubjectAuroc:
    """AUROC of each subject, in the sorted order of subjects."""

    subjects: Array
    values: Array  # NaN for subjects with one class
    pooled: Array  # whether predictions of several models had to be ranked together

    @property
    def single_class(self) -> int:
        """How many subjects have one class only, and are left out of means."""
        return int(np.isnan(self.values).sum())


def auroc_by_subject(labels: Array, probabilities: Array, subjects: Array, folds: Array) -> SubjectAuroc:
    """AUROC of (n, classes) probabilities: one class against the rest, averaged over the classes of the subject.

    AUROC is the share of pairs of a positive and a negative window in which the positive one has the higher
    probability, where ties count one half (Hanley and McNeil, Radiology 143, 1982). Models differ in their level of
    probability, so a subject that was tested in several folds is ranked within each, and the folds are averaged with
    the number of pairs as weights. Where no fold has a pair, predictions of all folds are ranked together, and the
    subject is marked as pooled. Two classes have one AUROC, that of the second.

    Call it for one seed and one repeat at a time, and average afterwards (`bench.scoring.variance.over_repeats`).
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities, dtype=np.float64)
    names, subject = np.unique(np.asarray(subjects), return_inverse=True)
    fold_names, fold = np.unique(np.asarray(folds), return_inverse=True)
    models, model = np.unique(subject * len(fold_names) + fold, return_inverse=True)
    count, of_subject = len(names), models // max(len(fold_names), 1)
    areas, pooled = [], np.zeros(count, dtype=bool)
    for number in [1] if probabilities.shape[1] == 2 else range(probabilities.shape[1]):
        positive, score = labels == number, probabilities[:, number]
        won, pairs = (
            np.bincount(of_subject, weights=each, minlength=count)
            for each in _pairs(positive, score, model, len(models))
        )
        won_of_all, all_pairs = _pairs(positive, score, subject, count)
        together = (pairs == 0) & (all_pairs > 0)
        pooled |= together
        won, pairs = np.where(together, won_of_all, won), np.where(together, all_pairs, pairs)
        areas.append(np.divide(won, pairs, out=np.full(count, np.nan), where=pairs > 0))
    defined = ~np.isnan(areas)
    sums, counts = np.where(defined, areas, 0).sum(axis=0), defined.sum(axis=0)
    values = np.divide(sums, counts, out=np.full(count, np.nan), where=counts > 0)
    return SubjectAuroc(names, values, pooled)


def _pairs(positive: Array, score: Array, group: Array, groups: int) -> tuple[Array, Array]:
    """In each group, the pairs that are in order, and all pairs; from the sum of the ranks of positives (Mann-Whitney).

    Twice a mean rank is a whole number, so nothing is rounded and equal areas are equal.
    """
    order = np.lexsort((score, group))
    group, score, positive = group[order], score[order], positive[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (group[1:] != group[:-1]) | (score[1:] != score[:-1])
    first = np.flatnonzero(new)  # of each run of equal scores
    run = np.cumsum(new) - 1
    last = np.append(first[1:], len(order)) - 1
    sizes = np.bincount(group, minlength=groups)
    before = (np.cumsum(sizes) - sizes)[group]
    doubled = first[run] + last[run] + 2 - 2 * before  # ranks within the group, from 1
    positives = np.bincount(group[positive], minlength=groups)
    ranks = np.bincount(group[positive], weights=doubled[positive], minlength=groups)
    return (ranks - positives * (positives + 1.0)) / 2, positives * (sizes - positives).astype(np.float64)
