"""Paired differences between two rows: interval, tests, effect size, and what the subjects could show at all.

All of them rest on the corrected variance of `bench.scoring.variance`, apart from Wilcoxon's test, which assumes
independent subjects and stands beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from bench.scoring.variance import NOISE, Estimate, Units, estimate

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

ROPE = 0.01  # differences of up to one point are of no practical interest


@dataclass(frozen=True, eq=False)
class Difference:
    """The mean difference between two rows over the subjects that both have."""

    estimate: Estimate
    p: float  # two-sided, of the t distribution that the interval is from; NaN for fewer than three subjects
    effect_size: float  # Cohen's d_z: mean over standard deviation of the differences; NaN without deviation
    differences: Array  # of the subjects that have one

    @cached_property
    def wilcoxon(self) -> float:
        """P of the signed-rank test, too small by as much as subjects are correlated; only few tables show it."""
        return _wilcoxon(self.differences)


@dataclass(frozen=True)
class Posterior:
    """The probabilities that a difference is below, inside and above the region of practical equivalence."""

    worse: float
    equivalent: float
    better: float


def difference(first: Units, second: Units) -> Units:
    """First minus second, unit by unit, freed from rounding errors; NaN where either score is.

    Scores are means of ratios, so differences that are equal on paper differ in their last digits. Ranks would then be
    decided by rounding errors, and differences of 1e-17 would count as differences. Rounding is no remedy, since two
    neighbours may be rounded apart. Instead, sizes in sorted order whose gaps are at most 1e-12 of the largest score
    are set to the smallest of them, and to 0 where they start there. No other value changes.
    """
    a, b = np.asarray(first.scores, dtype=np.float64), np.asarray(second.scores, dtype=np.float64)
    differences, trained = a - b, min(first.trained, second.trained)
    some = np.isnan(np.add.reduce(differences))
    known = np.flatnonzero(~np.isnan(differences)) if some else slice(None)
    sizes = np.abs(differences[known])
    if not len(sizes):
        return Units(differences, trained)
    tolerance = NOISE * float(max(np.maximum.reduce(np.abs(a[known])), np.maximum.reduce(np.abs(b[known]))))
    steps = np.zeros(len(sizes) + 1)
    steps[1:] = sizes
    steps.sort()  # none is below 0
    gaps = steps[1:] - steps[:-1]
    if np.minimum.reduce(gaps) > tolerance:  # as usual
        return Units(differences, trained)
    starts = np.where(gaps > tolerance, np.arange(1, len(steps)), 0)
    equal = np.empty_like(sizes)
    equal[np.argsort(sizes, kind="stable")] = steps[np.maximum.accumulate(starts)]
    differences[known] = np.sign(differences[known]) * equal + 0.0  # which is -0.0 nowhere
    return Units(differences, trained)


def compare(
    units: Units, stimuli: Units | None = None, *, level: float = 0.95, these_subjects_only: bool = False
) -> Difference:
    """Interval and tests of differences, as `difference` gives them, by subject and where needed by stimulus.

    t = mean / SE with the corrected SE. Differences that are all the same have p = 0, and p = 1 if they are all 0.
    Effect size: Lakens, Frontiers in Psychology 4 (2013), 863.
    """
    found = estimate(units, stimuli, level=level, these_subjects_only=these_subjects_only)
    known = units.scores[~np.isnan(units.scores)]
    return Difference(
        estimate=found,
        p=_t_test(found),
        effect_size=found.mean / found.sd if found.sd > 0 else np.nan,
        differences=known,
    )


def beyond_chance(found: Difference, better: Estimate, chance: float, level: float = 0.95) -> Difference:
    """The difference, where the better row, of which `better` is the bounded estimate, must be better than chance too.

    Rows of which neither is better than chance are worth the same, since no row is worth less. At chance, scores of
    subjects are more alike than 1/n allows for, and the test of the difference alone finds too much. Both tests must
    reject, so p is the larger one (the intersection-union test, Berger, Technometrics 24, 1982), and the interval
    contains 0 where the better row may be at chance.
    """
    p = chance_p(better, chance)
    reached = found.estimate if p < 1 - level else containing_0(found.estimate)
    return replace(found, estimate=reached, p=float(np.maximum(found.p, p)))


def chance_p(found: Estimate, chance: float) -> float:
    """One-sided p of a bounded estimate above chance, on the scale of its interval; 1 where it is not above it."""
    if found.mean <= chance:
        return 1.0
    if found.mean >= 1:
        return float(np.exp(-found.n * (1 - chance)))  # of the rule of three
    if not found.error:
        return 0.0
    logits = special.logit(found.mean) - special.logit(chance)
    return float(special.stdtr(found.df, -logits * found.mean * (1 - found.mean) / found.error))


def containing_0(found: Estimate) -> Estimate:
    return replace(found, low=min(found.low, 0.0), high=max(found.high, 0.0))


def _t_test(found: Estimate) -> float:
    if not found.error:
        return 0.0 if found.mean else 1.0
    return float(2 * special.stdtr(found.df, -abs(found.mean) / found.error))


def _wilcoxon(differences: Array) -> float:
    """Two-sided exact p of the signed-rank test, with mean ranks for ties and without differences of 0.

    The distribution of the sum of positive ranks over all 2^N signs is built up rank by rank, in doubled ranks, which
    are whole numbers. SciPy has it without ties only, and else tries all signs, for seconds at 13 subjects.
    """
    known = differences[differences != 0]
    if not len(known):
        return 1.0 if len(differences) else np.nan
    _, place, sizes = np.unique(np.abs(known), return_inverse=True, return_counts=True)
    doubled = (2 * np.cumsum(sizes) - sizes + 1)[place]
    chances = _signed_ranks(tuple(np.sort(doubled).tolist()))
    positive = doubled[known > 0].sum()
    return float(min(1.0, 2 * min(chances[: positive + 1].sum(), chances[positive:].sum())))


@lru_cache(64)  # without ties, it is the same for all pairs with the same number of subjects
def _signed_ranks(doubled: tuple[int, ...]) -> Array:
    """The distribution of the sum of the ranks with a positive sign, where each sign has a chance of one half."""
    chances = np.zeros(sum(doubled) + 1)
    chances[0], end = 1.0, 1
    for rank in doubled:
        chances[rank : end + rank] += chances[:end].copy()
        end += rank
        chances[:end] /= 2
    return chances


def wilcoxon_can_reach(subjects: int, tests: int = 1, alpha: float = 0.05) -> bool:
    """Whether Wilcoxon's test of so many subjects can give a p of at most alpha, adjusted for the number of tests.

    Its smallest two-sided p is that of differences which all have one sign, 2 · 2^-N, which Holm multiplies by the
    number of tests m: m · 2^(1 - N). With six subjects and two tests, it can never reach 5 %.
    """
    return tests * 2.0 ** (1 - subjects) <= alpha


def posterior(found: Estimate, rope: float = ROPE) -> Posterior:
    """The Bayesian correlated t-test: where the true difference lies, given a t posterior around the mean.

    Its scale is the corrected standard error, and its degrees of freedom are those of the interval (Benavoli, Corani,
    Demšar and Zaffalon, JMLR 18, 2017). NaN for fewer than three subjects.
    """
    if not found.error:
        return Posterior(float(found.mean < -rope), float(abs(found.mean) <= rope), float(found.mean > rope))
    worse = float(special.stdtr(found.df, (-rope - found.mean) / found.error))
    better = float(special.stdtr(found.df, (found.mean - rope) / found.error))
    return Posterior(worse, 1 - worse - better, better)


def detectable(found: Estimate, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest true difference that these subjects would show with this power in the two-sided t test.

    SE · λ, where a t variable with noncentrality λ exceeds the critical value with probability `power` (Cohen 1988,
    chapter 2). That it falls below the opposite critical value has a probability under 1e-4, and is not counted.
    """
    critical = special.stdtrit(found.df, 1 - alpha / 2)
    return float(found.error * special.nctdtrinc(found.df, 1 - power, critical))
