"""Permutation of labels, for tests that train again on each permutation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import Refused
from bench.scoring.auroc import auroc_by_subject
from bench.scoring.variance import NOISE, over_repeats

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

FEWEST_TRIALS = 3  # of a subject; two can only be exchanged or not


def permute_trials(subjects: Array, trials: Array, labels: Array, random: np.random.Generator) -> Array:
    """Labels of windows, where whole trials have exchanged their labels within each subject.

    Windows of a trial are alike, so windows that exchange labels one by one would be too easy to beat; trials are
    what can be exchanged if signals do not depend on labels (Winkler et al., NeuroImage 123, 2015). Each subject keeps
    its number of trials of each class. Refused where a trial has several labels, or a subject has fewer than three
    trials or a single class.
    """
    subjects, labels = np.asarray(subjects), np.asarray(labels)
    names, subject = np.unique(subjects, return_inverse=True)
    trial_names, trial = np.unique(np.asarray(trials), return_inverse=True)
    pairs, first, place = np.unique(subject * len(trial_names) + trial, return_index=True, return_inverse=True)
    owner, of_trial = pairs // len(trial_names), labels[first]
    _check_trials(names, owner, of_trial, consistent=of_trial[place] == labels, subject=subject)
    permuted = of_trial[np.lexsort((random.random(len(owner)), owner))]  # trials are in the order of subjects
    found: Array = permuted[place]
    return found


def _check_trials(names: Array, owner: Array, of_trial: Array, *, consistent: Array, subject: Array) -> None:
    if not consistent.all():
        name = names[subject[np.argmin(consistent)]]
        raise Refused(
            f"Labels change within a trial of subject {name}, so whole trials cannot exchange labels. "
            "Permutation needs one label per trial."
        )
    for number, name in enumerate(names):
        found = of_trial[owner == number]
        if len(found) < FEWEST_TRIALS or len(np.unique(found)) < 2:
            what = (
                "one class only" if len(found) >= FEWEST_TRIALS else f"{len(found)} of at least {FEWEST_TRIALS} trials"
            )
            raise Refused(
                f"Subject {name} has {what}, so its labels cannot be permuted. "
                "Leave the subject out, or judge the row by its interval instead."
            )


def permutation_p(score: float, permuted: Array) -> float:
    """(1 + number of permutations that score at least as high) / (1 + number of permutations).

    The row itself is one of the arrangements, so p is never 0 (Ojala and Garriga, JMLR 11, 2010). A permutation whose
    score is undefined counts as high.
    """
    permuted = np.asarray(permuted, dtype=np.float64)
    lower = permuted < score - NOISE * abs(score)
    return float((1 + (~lower).sum()) / (1 + len(permuted)))


def mean_over_subjects(labels: Array, predictions: Array, subjects: Array, folds: Array, classes: int) -> float:
    """The score that is permuted: the AUROC of each subject, or the RMSE where there are no classes, and their mean.

    NaN where no subject has two classes.
    """
    if classes:
        scores = auroc_by_subject(labels, predictions, subjects, folds).values
    else:
        _, squares = over_repeats(subjects, (labels - predictions[:, 0]) ** 2)
        scores = np.sqrt(squares)
    known = scores[~np.isnan(scores)]
    return float(known.mean()) if len(known) else float("nan")
