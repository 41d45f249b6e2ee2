"""What printed 95 % intervals over ten folds imply: the variation between folds, and tests of differences."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import hypot, sqrt

FOLDS = 10
HALF_DIGIT = 5e-3  # the largest error of rounding a value to two decimals
HALF_DIGIT_OF_WIDTH = 5e-5


def quantile() -> float:
    """The quantile of the t distribution with 9 degrees of freedom behind the intervals: 2.262157."""
    from scipy import stats

    return float(stats.t.ppf(0.975, FOLDS - 1))


def deviation(half_width: float) -> float:
    """The standard deviation over folds from which mean ± t·SD/√n was printed."""
    return half_width * sqrt(FOLDS) / quantile()


def binomial(share: float, count: float) -> float:
    """The standard deviation of a share of `count` independent windows."""
    return sqrt(share * (1 - share) / count)


def usual_ratios() -> tuple[float, float]:
    """The 95 % range of the SD of ten values divided by the true SD."""
    from scipy import stats

    low, high = stats.chi2.ppf([0.025, 0.975], FOLDS - 1) / (FOLDS - 1)
    return sqrt(low), sqrt(high)


@dataclass(frozen=True)
class Unpaired:
    """The two-tailed p of Student's test of two printed rows, with its range under rounding."""

    p: float
    lowest: float
    highest: float

    def verdict(self, claim: float) -> str:
        """Whether the claim p < `claim` is consistent with it."""
        if self.highest < claim:
            return "follows"
        return "consistent" if self.p < claim else "only by rounding" if self.lowest < claim else "contradicted"


def unpaired(one: tuple[float, float], other: tuple[float, float]) -> Unpaired:
    """For (value, half-width) of two rows, as shares."""
    shifts = product((-HALF_DIGIT, HALF_DIGIT), (-HALF_DIGIT_OF_WIDTH, HALF_DIGIT_OF_WIDTH), repeat=2)
    rounded = [((one[0] + a, one[1] + b), (other[0] + c, other[1] + d)) for a, b, c, d in shifts]
    corners = [probability(*pair) for pair in rounded]
    apart = abs(one[0] - other[0]) > 2 * HALF_DIGIT * (1 + 1e-9)
    return Unpaired(probability(one, other), min(corners), max(corners) if apart else 1.0)


def probability(one: tuple[float, float], other: tuple[float, float]) -> float:
    from scipy import stats

    error = hypot(one[1], other[1]) / quantile()
    return float(2 * stats.t.sf(abs(one[0] - other[0]) / error, 2 * FOLDS - 2))
