"""What printed 95 % intervals over folds imply: the variation between folds, and tests of differences."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import ceil, floor, hypot, sqrt
from typing import TYPE_CHECKING

from bench.forensics.interval import SLACK, Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

ValueAndHalfWidth = tuple[float, float]


def quantile(folds: int) -> float:
    """The quantile of the t distribution behind an interval over folds: 2.262157 of ten folds."""
    from scipy import stats

    return float(stats.t.ppf(0.975, folds - 1))


def deviation(half_width: float, folds: int) -> float:
    """The standard deviation over folds from which mean ± t·SD/√n was printed."""
    return half_width * sqrt(folds) / quantile(folds)


def binomial(share: float, count: float) -> float:
    """The standard deviation of a share of `count` independent windows."""
    return sqrt(share * (1 - share) / count)


def usual_ratios(folds: int, level: float = 0.95) -> tuple[float, float]:
    """The range of the SD of some values divided by the true SD, in this share of all draws."""
    from scipy import stats

    outside = (1 - level) / 2
    low, high = stats.chi2.ppf([outside, 1 - outside], folds - 1) / (folds - 1)
    return sqrt(low), sqrt(high)


def largest_deviation(mean: Interval, folds: int | None) -> float:
    """The largest SD of values between 0 and 1 with this mean: all of them are 0 or 1. Two folds have the largest."""
    count = max(folds or 2, 2)
    variances = [value * (1 - value) for value in (mean.low, mean.high)]
    most = 0.25 if mean.low <= 0.5 <= mean.high else max(variances)
    return sqrt(max(most, 0.0) * count / (count - 1))


def smallest_deviation(mean: Interval, sizes: Sequence[int]) -> float:
    """The smallest SD of accuracies with this mean over folds of one size: counts that differ by one at most.

    If a fold has s windows and the mean of the counts is not whole, some folds have the next lower count and the
    others the next higher. Zero where folds differ in size.
    """
    if len(set(sizes)) != 1 or len(sizes) < 2:
        return 0.0
    size, folds = sizes[0], len(sizes)
    lowest, highest = mean.low * size - SLACK, mean.high * size + SLACK
    if floor(highest) >= ceil(lowest):
        return 0.0
    rests = [value - floor(lowest) for value in (lowest, highest)]
    return sqrt(min(rest * (1 - rest) for rest in rests) * folds / (folds - 1)) / size


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


def unpaired(one: ValueAndHalfWidth, other: ValueAndHalfWidth, folds: int, rounding: tuple[float, float]) -> Unpaired:
    """For (value, half-width) of two rows, as shares; `rounding` has the largest errors of both."""
    of_value, of_width = rounding
    shifts = product((-of_value, of_value), (-of_width, of_width), repeat=2)
    rounded = [((one[0] + a, one[1] + b), (other[0] + c, other[1] + d)) for a, b, c, d in shifts]
    corners = [probability(*pair, folds) for pair in rounded]
    apart = abs(one[0] - other[0]) > 2 * of_value * (1 + 1e-9)
    return Unpaired(probability(one, other, folds), min(corners), max(corners) if apart else 1.0)


def probability(one: ValueAndHalfWidth, other: ValueAndHalfWidth, folds: int) -> float:
    from scipy import stats

    error = hypot(one[1], other[1]) / quantile(folds)
    return float(2 * stats.t.sf(abs(one[0] - other[0]) / error, 2 * folds - 2))
