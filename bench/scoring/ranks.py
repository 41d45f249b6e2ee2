"""Rows over several data sets by their ranks (Demšar, JMLR 7, 2006)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

FEWEST = 3  # data sets, and rows


@dataclass(frozen=True)
class Ranking:
    """What a critical-difference diagram shows."""

    mean_ranks: Array  # of each row; 1 is the best
    friedman: float  # chi-squared with a correction for ties, and its p
    p: float
    critical_difference: float  # of mean ranks; rows that are further apart differ significantly
    groups: tuple[tuple[int, ...], ...]  # rows that are no further apart, from the best mean rank on


def ranking(scores: Array, level: float = 0.95) -> Ranking:
    """Mean ranks of (data sets, rows), Friedman's test, and the critical difference of Nemenyi's test.

    Higher scores are better, and ties share their mean rank. With k rows and N data sets, the critical difference is
    q · √(k(k + 1) / 6N), where q is the quantile of the studentised range of k means, divided by √2.
    """
    from scipy import stats  # importing it takes longer than all of the rest

    scores = np.asarray(scores, dtype=np.float64)
    datasets, rows = scores.shape
    if min(datasets, rows) < FEWEST or np.isnan(scores).any():
        raise ValueError(f"Ranking needs {FEWEST} data sets and {FEWEST} rows, and each score of each row.")
    ranks = stats.rankdata(-scores, axis=1)
    means = ranks.mean(axis=0)
    tied = (ranks == ranks[:, :1]).all()
    statistic, p = (0.0, 1.0) if tied else stats.friedmanchisquare(*ranks.T)
    quantile = stats.studentized_range.ppf(level, rows, np.inf) / np.sqrt(2)
    apart = float(quantile * np.sqrt(rows * (rows + 1) / (6 * datasets)))
    return Ranking(means, float(statistic), float(p), apart, _groups(means, apart))


def _groups(means: Array, apart: float) -> tuple[tuple[int, ...], ...]:
    """The largest sets of at least two neighbours that are no further apart, none inside another."""
    order = np.argsort(means, kind="stable")
    ends = np.searchsorted(means[order], means[order] + apart, side="right")
    found, reached = [], 0
    for start, end in enumerate(ends.tolist()):
        if end > max(reached, start + 1):
            found.append(tuple(order[start:end].tolist()))
            reached = end
    return tuple(found)
