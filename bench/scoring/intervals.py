"""Confidence intervals and paired tests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Interval:
    """A value with its bounds, which are infinite for fewer than two values."""

    mean: float
    low: float
    high: float
    n: int
    missing: int = 0  # values that were NaN and are not used


@dataclass(frozen=True)
class Paired:
    """The difference between two rows, and the probability of one as large if there were none."""

    interval: Interval
    p: float


def t_interval(values: Array, level: float = 0.95) -> Interval:
    """Mean ± t·SD/√n; NaN values are dropped and counted."""
    values = np.asarray(values, dtype=np.float64)
    known = values[~np.isnan(values)]
    return _around(known, 1 / max(len(known), 1), level, len(values) - len(known))


def _around(known: Array, factor: float, level: float, missing: int) -> Interval:
    """Mean ± t·SD·√factor."""
    n = len(known)
    if n < 2:
        return Interval(float(known.mean()) if n else np.nan, -np.inf, np.inf, n, missing)
    mean, margin = known.mean(), special.stdtrit(n - 1, (1 + level) / 2) * known.std(ddof=1) * np.sqrt(factor)
    return Interval(float(mean), float(mean - margin), float(mean + margin), n, missing)


def cluster_bootstrap(
    totals: Array, statistic: Callable[[Array], Array], level: float = 0.95, draws: int = 2000, seed: int = 0
) -> Interval:
    """The percentile interval of a statistic when clusters (subjects) are drawn with replacement.

    `totals` are what adds up over clusters, (clusters, ...): counts of windows, or a confusion matrix
    each. `statistic` takes sums of them, (draws, ...), and gives one value per draw; draws in which it
    is NaN are dropped and counted. `bench.scoring.metrics.from_confusion` gives such statistics.
    """
    totals = np.asarray(totals, dtype=np.float64)
    n = len(totals)
    point = float(statistic(totals.sum(axis=0)[None])[0])
    if n < 2:
        return Interval(point, -np.inf, np.inf, n)
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws).astype(np.float64)
    drawn = statistic((weights @ totals.reshape(n, -1)).reshape(draws, *totals.shape[1:]))
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return Interval(point, -np.inf, np.inf, n, draws)
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Interval(point, float(low), float(high), n, draws - len(known))


def paired(a: Array, b: Array, level: float = 0.95) -> Paired:
    """Differences a - b of pairs (subjects, folds): their t interval, and p of Wilcoxon's signed-rank test.

    Pairs in which either is NaN are dropped. Without any difference p is 1; without a pair it is NaN.
    """
    differences = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    interval = t_interval(differences, level)
    known = differences[~np.isnan(differences)]
    if not known.any():
        return Paired(interval, 1.0 if len(known) else np.nan)
    # rounded, so that equal differences tie although they were computed from different numbers
    return Paired(interval, signed_rank(tuple(np.round(known, 12).tolist())))


@lru_cache(maxsize=4096)
def signed_rank(differences: tuple[float, ...]) -> float:
    """Wilcoxon's p; cached, since several pages show the same rows."""
    from scipy import stats  # importing it takes longer than all of the rest

    return float(stats.wilcoxon(differences).pvalue)


def nadeau_bengio(differences: Array, test_share: float, level: float = 0.95) -> Paired:
    """The corrected resampled t test: scores of folds that share training data vary too little.

    `test_share` is the share of windows that a fold holds out, 0.1 for ten folds. The variance of the
    mean is taken as (1/n + test/train)·SD² (Nadeau and Bengio, Machine Learning 52, 2003).
    """
    differences = np.asarray(differences, dtype=np.float64)
    known = differences[~np.isnan(differences)]
    n = len(known)
    factor = 1 / max(n, 1) + test_share / (1 - test_share)
    interval = _around(known, factor, level, len(differences) - n)
    if n < 2:
        return Paired(interval, np.nan)
    error = known.std(ddof=1) * np.sqrt(factor)
    if not error:
        return Paired(interval, 0.0 if interval.mean else 1.0)
    return Paired(interval, float(2 * special.stdtr(n - 1, -abs(interval.mean) / error)))


def holm(pvalues: Array) -> Array:
    """P-values adjusted for their number (Holm's step-down); NaN stays NaN and does not count."""
    pvalues = np.asarray(pvalues, dtype=np.float64)
    adjusted = pvalues.copy()
    tested = np.flatnonzero(~np.isnan(pvalues))
    order = tested[np.argsort(pvalues[tested], kind="stable")]
    steps = pvalues[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted
