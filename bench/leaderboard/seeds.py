"""How much a row differs from seed to seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.leaderboard.summary import Summary


def seed_spread(summary: Summary, metric: str) -> tuple[float, float]:
    """Mean and standard deviation (over n - 1) of the means of all seeds, in the unit of the metric: 0.75 is 75 %.

    The deviation is NaN for a single seed.
    """
    means = np.array(summary.metrics[metric].seed_means, dtype=float)
    known = means[np.isfinite(means)]
    mean = float(known.mean()) if len(known) else np.nan
    return mean, float(known.std(ddof=1)) if len(known) > 1 else np.nan
