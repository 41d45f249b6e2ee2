"""Paired tests, effect sizes and power against SciPy, statsmodels and hand-worked cases."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from bench.scoring.comparisons import (
    beyond_chance,
    chance_p,
    compare,
    detectable,
    difference,
    posterior,
    wilcoxon_can_reach,
)
from bench.scoring.variance import Units, estimate

SIX = np.array([0.10, 0.02, 0.06, 0.04, -0.01, 0.03])  # mean 0.04, variance 0.0014


def differences(values, trained=5):
    return Units(np.array(values, float), trained)


def exact_wilcoxon(values):
    """Two-sided p by writing out every assignment of signs."""
    ranks = stats.rankdata(np.abs(values))
    observed = np.sum(ranks[values > 0])
    every = [np.dot(signs, ranks) for signs in itertools.product([0, 1], repeat=len(ranks))]
    tails = [np.mean(np.array(every) <= observed + 1e-9), np.mean(np.array(every) >= observed - 1e-9)]
    return min(1, 2 * min(tails))


def test_six_subjects_by_hand():
    found = compare(differences(SIX))
    error = math.sqrt(0.0014 * (1 / 6 + 1 / 5))
    assert found.estimate.error == pytest.approx(error)
    assert found.p == pytest.approx(2 * stats.t.sf(0.04 / error, 5))
    assert found.effect_size == pytest.approx(0.04 / math.sqrt(0.0014))
    assert found.wilcoxon == 4 / 64  # sums of at most 1 have no rank or the first alone, on either side


def test_the_interval_excludes_0_where_p_is_small_enough():
    for shift in np.linspace(-0.1, 0.1, 41):
        found = compare(differences(SIX + shift))
        assert (found.p < 0.05) == (found.estimate.low > 0 or found.estimate.high < 0)


def test_stimuli_widen_the_interval_and_take_degrees_of_freedom():
    one, both = compare(differences(SIX)), compare(differences(SIX), Units(np.array([0.01, 0.04, 0.07]), 2))
    assert both.estimate.error > one.estimate.error
    assert both.estimate.df == 2
    assert both.p > one.p


@pytest.mark.parametrize(
    ("values", "p", "wilcoxon"),
    [([0.0] * 5, 1.0, 1.0), ([0.25] * 5, 0.0, 2 / 32), ([0.1, 0.2], math.nan, 0.5), ([], math.nan, math.nan),
     ([math.nan, 0.1, 0.1, 0.1], 0.0, 2 / 8)],
)  # fmt: skip
def test_constant_and_few_differences(values, p, wilcoxon):
    found = compare(differences(values))
    assert (found.p, found.wilcoxon) == pytest.approx((p, wilcoxon), nan_ok=True)


def test_without_deviation_there_is_no_effect_size():
    assert math.isnan(compare(differences([0.25] * 5)).effect_size)


@given(st.lists(st.integers(-4, 4).filter(bool), min_size=1, max_size=9))
def test_wilcoxon_with_ties_counts_every_assignment_of_signs(values):
    values = np.array(values) / 8
    assert compare(differences(values)).wilcoxon == pytest.approx(exact_wilcoxon(values))


@pytest.mark.parametrize("n", [4, 15, 45])
def test_wilcoxon_without_ties_is_scipys_exact_test(n):
    values = np.random.default_rng(n).normal(0.3, 1, n)
    assert compare(differences(values)).wilcoxon == pytest.approx(stats.wilcoxon(values, method="exact").pvalue)


def test_wilcoxon_leaves_out_differences_of_0():
    assert compare(differences([0, 0.1, 0, 0.2, -0.3])).wilcoxon == exact_wilcoxon(np.array([0.1, 0.2, -0.3]))


def test_rounding_errors_make_neither_differences_nor_ranks():
    a, b = np.array([0.1 + 0.2, 0.8, 0.4, 0.3]), np.array([0.3, 0.7, 0.5, 0.1])
    found = difference(Units(a, 3), Units(b, 3)).scores
    assert len(np.unique(np.abs(a - b))) == 4  # 5.6e-17, two that ought to be 0.1, and one that is 0.2
    assert found[0] == 0
    assert found[1] == -found[2] == pytest.approx(0.1)
    assert found[3] == pytest.approx(0.2)
    same = compare(difference(Units(np.array([0.1 + 0.2] * 3), 2), Units(np.full(3, 0.3), 2)))
    assert (same.p, same.wilcoxon) == (1, 1)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=20))
def test_differences_that_differ_in_six_digits_are_not_rounded(pairs):
    a, b = np.array(pairs).T / 1e6
    found = difference(Units(a, 9), Units(b, 9)).scores
    np.testing.assert_allclose(found, a - b, atol=1e-12)
    exact = np.array([one - other for one, other in pairs])
    np.testing.assert_array_equal(stats.rankdata(np.abs(found)), stats.rankdata(np.abs(exact)))


def test_differences_need_both_scores_and_take_the_smaller_training_set():
    found = difference(Units(np.array([0.5, math.nan, 0.7]), 9), Units(np.array([0.4, 0.5, math.nan]), 8))
    assert found.scores == pytest.approx([0.1, math.nan, math.nan], nan_ok=True)
    assert found.trained == 8


@pytest.mark.parametrize(
    ("subjects", "tests", "reached"), [(6, 1, True), (5, 1, False), (6, 2, False), (9, 10, True), (9, 13, False)]
)
def test_wilcoxon_reaches_5_per_cent_with_enough_subjects_for_its_tests(subjects, tests, reached):
    assert wilcoxon_can_reach(subjects, tests) == reached
    smallest = compare(differences(np.arange(1, subjects + 1))).wilcoxon
    assert (min(1, tests * smallest) <= 0.05) == reached


def test_the_posterior_is_the_integral_of_its_t_density():
    found = compare(differences(SIX)).estimate
    posterior_of = posterior(found, rope=0.01)
    density = stats.t(5, 0.04, math.sqrt(0.0014 * (1 / 6 + 1 / 5))).pdf
    assert posterior_of.worse == pytest.approx(integrate.quad(density, -10, -0.01, points=[-0.5, 0])[0], abs=1e-6)
    assert posterior_of.equivalent == pytest.approx(integrate.quad(density, -0.01, 0.01)[0], abs=1e-6)
    assert posterior_of.better == pytest.approx(integrate.quad(density, 0.01, 10, points=[0.1, 0.5])[0], abs=1e-6)


@pytest.mark.parametrize(("value", "expected"), [(0.02, (0, 0, 1)), (-0.02, (1, 0, 0)), (0.005, (0, 1, 0))])
def test_the_posterior_of_constant_differences_is_certain(value, expected):
    found = posterior(compare(differences([value] * 4)).estimate)
    assert (found.worse, found.equivalent, found.better) == expected


def test_two_subjects_have_no_posterior_and_can_detect_nothing():
    found = compare(differences([0.1, 0.2])).estimate
    assert math.isnan(posterior(found).better)
    assert math.isnan(detectable(found))


@pytest.mark.parametrize("subjects", [4, 10, 30])
@pytest.mark.parametrize("power", [0.8, 0.9])
def test_the_detectable_difference_has_its_power_in_statsmodels(subjects, power):
    from statsmodels.stats.power import TTestPower

    values = np.random.default_rng(subjects).normal(0, 1, subjects)
    plain = compare(differences(values, math.inf)).estimate
    found = detectable(plain, power) / plain.sd
    assert TTestPower().power(found, subjects, 0.05) == pytest.approx(power, abs=2e-4)


def test_shared_training_data_raise_the_detectable_difference():
    plain, shared = (detectable(compare(differences(SIX, trained)).estimate) for trained in (math.inf, 6))
    assert shared == pytest.approx(plain * math.sqrt(2))


# ------------------------------------------------------------------------- better than chance as well

SCORES = np.array([0.62, 0.54, 0.58, 0.56, 0.51, 0.55])  # mean 0.56, variance 0.0014


def test_p_above_chance_by_hand():
    found = estimate(Units(SCORES, 5), bounded=True)
    error = math.sqrt(0.0014 * (1 / 6 + 1 / 5))
    t = math.log(0.56 / 0.44) * 0.56 * 0.44 / error
    assert chance_p(found, 0.5) == pytest.approx(stats.t.sf(t, 5))


@pytest.mark.parametrize(
    ("scores", "p"), [([0.4, 0.5, 0.6], 1.0), ([0.0] * 3, 1.0), ([0.7] * 3, 0.0), ([1.0] * 4, math.exp(-2))]
)
def test_p_above_chance_of_special_scores(scores, p):
    """Of scores that are all 1, as many subjects as there are have it by the rule of three."""
    assert chance_p(estimate(Units(np.array(scores), 3), bounded=True), 0.5) == pytest.approx(p)


@given(st.lists(st.floats(0, 1, allow_subnormal=False), min_size=3, max_size=12), st.floats(0.05, 0.95))
def test_p_above_chance_is_that_of_the_level_at_which_the_interval_reaches_chance(scores, chance):
    found = estimate(Units(np.array(scores), 9), bounded=True)
    p = chance_p(found, chance)
    if 1e-6 < p < 0.49 and found.mean < 1:
        at = estimate(Units(np.array(scores), 9), bounded=True, level=1 - 2 * p)
        assert at.low == pytest.approx(chance, abs=1e-6)


def test_a_difference_counts_where_the_better_row_is_better_than_chance_too():
    found = compare(differences(SIX + 0.05))
    low, high = (estimate(Units(SCORES + shift, 5), bounded=True) for shift in (0.0, 0.2))
    assert found.p < 0.02
    assert beyond_chance(found, high, 0.5).p == found.p
    assert beyond_chance(found, high, 0.5).estimate == found.estimate
    weak = beyond_chance(found, estimate(Units(SCORES - 0.05, 5), bounded=True), 0.5)
    assert weak.p == chance_p(estimate(Units(SCORES - 0.05, 5), bounded=True), 0.5) > 0.05
    assert (weak.estimate.low, weak.estimate.high) == (0, found.estimate.high)
    assert found.p < beyond_chance(found, low, 0.5).p < 0.05  # the larger one counts
    assert beyond_chance(found, low, 0.5).estimate == found.estimate


@given(st.lists(st.floats(0, 1), min_size=3, max_size=9), st.floats(0.5, 0.99), st.integers(0, 10**6))
def test_the_interval_contains_0_exactly_where_p_is_too_large(scores, level, seed):
    first = np.array(scores)
    second = np.random.default_rng(seed).random(len(first))
    found = compare(difference(Units(first, 5), Units(second, 5)), level=level)
    better = estimate(Units(first if found.estimate.mean > 0 else second, 5), bounded=True)
    found = beyond_chance(found, better, 0.5, level)
    if abs(found.p - (1 - level)) > 1e-9:
        assert (found.estimate.low <= 0 <= found.estimate.high) == (found.p > 1 - level)


def test_two_subjects_have_no_p_whatever_the_better_row_is_worth():
    found = beyond_chance(compare(differences([0.1, 0.2])), estimate(Units(SCORES[:2], 1), bounded=True), 0.5)
    assert math.isnan(found.p)
    assert (found.estimate.low, found.estimate.high) == (-math.inf, math.inf)
