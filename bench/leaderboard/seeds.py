"""How much a row differs from seed to seed, and may differ between machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.leaderboard.summary import Summary


def seed_spread(summary: Summary, metric: str) -> tuple[float, float]:
    """Mean and standard deviation (over n - 1) of the means of all seeds, in the unit of the metric: 0.75 is 75 %.

    The deviation is NaN for a single seed.
    """
    means = np.array(summary.metrics[metric].seed_means, dtype=float)
    known = means[np.isfinite(means)]
    mean = float(known.mean()) if len(known) else np.nan
    return mean, float(known.std(ddof=1)) if len(known) > 1 else np.nan


def seed_tolerance(summaries: Iterable[Summary], metric: str) -> float:
    """Twice the standard deviation of the difference between two means over other seeds, in the unit of the metric.

    Other kernels round differently, so that a network ends elsewhere, as with another seed: rows computed on another
    type of CPU are expected within this tolerance. The variance over seeds is pooled over the rows that depend on the
    seed; NaN where there is none.
    """
    spreads = [(seed_spread(summary, metric)[1], len(summary.seeds)) for summary in summaries]
    variances = [2 * deviation**2 / seeds for deviation, seeds in spreads if deviation > 0]
    return 2 * float(np.sqrt(np.mean(variances))) if variances else np.nan
