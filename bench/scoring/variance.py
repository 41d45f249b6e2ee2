"""Means over subjects, with standard errors that count the training data which the scores share.

Scores of subjects are correlated, because their models were trained on overlapping sets of subjects. For a mean over N
tested subjects whose models were trained on n subjects on average, with standard deviation s over subjects,

    SE² = s² · (1/N + 1/n),   df = N - 1,

which is the corrected variance of Nadeau and Bengio (Machine Learning 52, 2003) with the subject as the unit instead of
the fold. Leave-one-subject-out has n = N - 1, k folds have n = N(k - 1)/k, and a holdout has the number of its training
subjects. The same holds for stimuli where these are held out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from bench.scoring.intervals import Interval

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

FEWEST_UNITS = 3  # two give an interval that excludes nothing
NOISE = 1e-12  # differences below this share of the scores are rounding errors: far below one pair of windows


@dataclass(frozen=True)
class Units:
    """One score for each tested subject (or stimulus), and on how many of these a model was trained on average."""

    scores: Array  # NaN where a score is undefined, as AUROC is for subjects with one class
    trained: float


@dataclass(frozen=True, kw_only=True)
class Estimate(Interval):
    """A mean over units with its interval; `n` counts the units, `missing` those with an undefined score.

    With fewer than three units the bounds are infinite, and the standard error is NaN.
    """

    error: float  # standard error, in the unit of the scores
    sd: float  # over units; NaN for fewer than two
    df: int
    these_subjects_only: bool = False  # all of them are in the training parts too: nothing follows for other subjects


def over_repeats(units: Array, scores: Array) -> tuple[Array, Array]:
    """The units in sorted order, and for each the mean of its scores over repeats, seeds or folds.

    Repeats are no further subjects, so a subject counts once however often it was tested. NaN scores are left out; the
    mean is NaN where all of them are.
    """
    scores = np.asarray(scores, dtype=np.float64)
    names, places = np.unique(np.asarray(units), return_inverse=True)
    known = ~np.isnan(scores)
    counts = np.bincount(places[known], minlength=len(names))
    sums = np.bincount(places[known], weights=scores[known], minlength=len(names))
    means = np.divide(sums, counts, out=np.full(len(names), np.nan), where=counts > 0)
    return names, means


def estimate(
    units: Units,
    stimuli: Units | None = None,
    *,
    level: float = 0.95,
    bounded: bool = False,
    these_subjects_only: bool = False,
    chance: float | None = None,
) -> Estimate:
    """The mean over units with the interval of the corrected variance.

    `units` are subjects, and stimuli where only stimuli are held out. Where both are held out, `stimuli` are the same
    predictions scored by stimulus: squared errors add up, and the degrees of freedom are the smaller ones. Where every
    subject is on both sides of each fold, subjects are still the units, all of them are training subjects, and
    `these_subjects_only` marks that the interval says nothing about others.

    `bounded` scores lie between 0 and 1. Their interval is the t interval of the logit of the mean, with a standard
    error of SE / (mean · (1 - mean)) by the delta method (Agresti 2013, section 16.1), so it never leaves [0, 1]. Where
    all scores are 0, or all are 1, it is the rule of three: its length is -ln(1 - level) / N, which is 3/N for 95 %
    (Hanley and Lippman-Hand, JAMA 249, 1983).

    `chance` is what a row is worth that knows nothing. No row is worth less, so the interval reaches up to it. Without
    it, intervals of rows at chance would often lie below: a model that is near no direction at all is turned against
    the subjects that it was trained without, all of them at a time, by more than 1/n allows for.
    """
    n, mean, sd, squared = _moments(units)
    fewest = n
    if stimuli is not None:
        n_stimuli, _, _, squared_over_stimuli = _moments(stimuli)
        fewest, squared = min(n, n_stimuli), squared + squared_over_stimuli
    error = math.sqrt(squared) if fewest >= FEWEST_UNITS else math.nan
    low, high = _bounds(mean, error, fewest - 1, n, level, bounded)
    high = high if chance is None else max(high, chance)
    return Estimate(
        mean=mean,
        low=low,
        high=high,
        n=n,
        missing=len(units.scores) - n,
        error=error,
        sd=sd,
        df=fewest - 1,
        these_subjects_only=these_subjects_only,
    )


def bounds(found: Estimate, level: float, *, bounded: bool = False) -> tuple[float, float]:
    """The interval of the same mean at another level."""
    return _bounds(found.mean, found.error, found.df, found.n, level, bounded)


def _bounds(mean: float, error: float, df: int, n: int, level: float, bounded: bool) -> tuple[float, float]:
    if math.isnan(error):
        return -math.inf, math.inf
    margin = float(special.stdtrit(df, (1 + level) / 2)) * error
    return _within(mean, margin, -math.log1p(-level) / n) if bounded else (mean - margin, mean + margin)


def _moments(units: Units) -> tuple[int, float, float, float]:
    """Number of defined scores, mean, standard deviation and SE² = s² · (1/N + 1/n).

    The deviation is NaN for fewer than two units, and exactly 0 where scores differ by rounding errors only. Pages have
    thousands of them, and methods of arrays such as `std` would take most of the time to look at their arguments.
    """
    scores = np.asarray(units.scores, dtype=np.float64)
    total = float(np.add.reduce(scores))
    if math.isnan(total):
        scores = scores[~np.isnan(scores)]
        total = float(np.add.reduce(scores))
    n = len(scores)
    if n < 2:
        return n, total if n else math.nan, math.nan, math.nan
    mean = total / n
    highest, lowest = float(np.maximum.reduce(scores)), float(np.minimum.reduce(scores))
    if highest - lowest <= NOISE * max(abs(highest), abs(lowest)):
        return n, mean, 0.0, 0.0
    centred = scores - mean
    deviation = math.sqrt(float(np.add.reduce(centred * centred)) / (n - 1))
    return n, mean, deviation, deviation**2 * (1 / n + 1 / units.trained)


def _within(mean: float, margin: float, rule_of_three: float) -> tuple[float, float]:
    """Bounds inside [0, 1] for a mean in it."""
    if mean <= 0:
        return 0.0, float(min(rule_of_three, 1))
    if mean >= 1:
        return float(max(1 - rule_of_three, 0)), 1.0
    step = np.float64(margin) / (mean * (1 - mean))
    low, high = special.expit(special.logit(mean) + np.array([-step, step]))
    return min(float(low), mean), max(float(high), mean)
