"""Confidence intervals and paired tests."""

from __future__ import annotations

from dataclasses import dataclass
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
    n, missing = len(known), int(np.isnan(values).sum())
    if n < 2:
        return Interval(float(known.mean()) if n else np.nan, -np.inf, np.inf, n, missing)
    mean, margin = known.mean(), special.stdtrit(n - 1, (1 + level) / 2) * known.std(ddof=1) / np.sqrt(n)
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


def paired_t(differences: Array, level: float = 0.95) -> Paired:
    """The paired t test of differences between folds, as papers use it: it assumes that folds are independent."""
    interval = t_interval(differences, level)
    if interval.n < 2:
        return Paired(interval, np.nan)
    error = (interval.high - interval.mean) / special.stdtrit(interval.n - 1, (1 + level) / 2)
    if not error:
        return Paired(interval, 0.0 if interval.mean else 1.0)
    return Paired(interval, float(2 * special.stdtr(interval.n - 1, -abs(interval.mean) / error)))


def holm(pvalues: Array) -> Array:
    """P-values adjusted for their number (Holm's step-down); NaN stays NaN and does not count."""
    pvalues = np.asarray(pvalues, dtype=np.float64)
    adjusted = pvalues.copy()
    tested = np.flatnonzero(~np.isnan(pvalues))
    order = tested[np.argsort(pvalues[tested], kind="stable")]
    steps = pvalues[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted
