"""The corrected variance against hand-worked cases and the fold-level formula that it comes from."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench.scoring.variance import Units, estimate, over_repeats

FIVE = np.array([0.5, 0.6, 0.7, 0.8, 0.9])  # mean 0.7, variance 0.025
SCORES = st.lists(st.floats(0, 1, allow_subnormal=False), min_size=3, max_size=30)


def test_five_subjects_left_out_one_at_a_time_by_hand():
    found = estimate(Units(FIVE, trained=4))
    error = math.sqrt(0.025 * (1 / 5 + 1 / 4))  # 0.10607
    assert (found.mean, found.sd, found.error) == pytest.approx((0.7, math.sqrt(0.025), error))
    assert (found.low, found.high) == pytest.approx((0.7 - 2.776445 * error, 0.7 + 2.776445 * error), abs=1e-6)
    assert (found.n, found.missing, found.df, found.these_subjects_only) == (5, 0, 4, False)


def test_a_model_trained_on_all_of_the_population_has_the_plain_t_interval():
    expected = stats.t.interval(0.9, 4, FIVE.mean(), stats.sem(FIVE))
    found = estimate(Units(FIVE, trained=math.inf), level=0.9)
    assert (found.low, found.high) == pytest.approx(expected)


def test_bounded_scores_have_the_interval_of_the_logit_by_hand():
    found = estimate(Units(FIVE, trained=4), bounded=True)
    step = 2.776445 * math.sqrt(0.025 * 0.45) / (0.7 * 0.3)
    centre = math.log(0.7 / 0.3)
    bounds = [1 / (1 + math.exp(-centre + sign * step)) for sign in (1, -1)]
    assert (found.low, found.high) == pytest.approx(bounds, abs=1e-6)
    assert found.error == pytest.approx(math.sqrt(0.025 * 0.45))


@pytest.mark.parametrize(
    ("score", "subjects", "level", "bounds"),
    [
        (1.0, 20, 0.95, (1 - 2.995732 / 20, 1)),
        (0.0, 30, 0.95, (0, 2.995732 / 30)),
        (1.0, 20, 0.9, (1 - 2.302585 / 20, 1)),
        (0.0, 3, 0.999, (0, 1)),
    ],
)
def test_scores_that_are_all_0_or_all_1_follow_the_rule_of_three(score, subjects, level, bounds):
    found = estimate(Units(np.full(subjects, score), subjects - 1), level=level, bounded=True)
    assert (found.low, found.high) == pytest.approx(bounds, abs=1e-6)


def test_equal_scores_inside_have_no_width_in_spite_of_rounding():
    found = estimate(Units(np.array([0.3, 0.1 + 0.2, 0.3]), 2), bounded=True)
    assert (found.sd, found.error) == (0, 0)
    assert found.low == found.mean == found.high == pytest.approx(0.3)


@pytest.mark.parametrize(("scores", "mean"), [([], math.nan), ([0.4], 0.4), ([0.4, math.nan, 0.6], 0.5)])
@pytest.mark.parametrize("bounded", [False, True])
def test_fewer_than_three_subjects_have_no_interval(scores, mean, bounded):
    found = estimate(Units(np.array(scores), 5), bounded=bounded)
    assert found.mean == pytest.approx(mean, nan_ok=True)
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert math.isnan(found.error)


def test_subjects_without_a_score_are_left_out_and_counted():
    some = estimate(Units(np.array([0.5, math.nan, 0.6, 0.7, math.nan, 0.8, 0.9]), 4))
    known = estimate(Units(FIVE, 4))
    assert (some.mean, some.low, some.high, some.n, some.missing) == (known.mean, known.low, known.high, 5, 2)


def test_held_out_stimuli_add_their_variance_and_the_fewer_units_decide_the_degrees_of_freedom():
    stimuli = np.array([0.6, 0.7, 0.8])  # variance 0.01
    found = estimate(Units(FIVE, trained=4), Units(stimuli, trained=2))
    error = math.sqrt(0.025 * 0.45 + 0.01 * (1 / 3 + 1 / 2))
    assert (found.mean, found.error, found.df) == pytest.approx((0.7, error, 2))
    assert found.high == pytest.approx(0.7 + 4.302653 * error, abs=1e-6)
    assert found.n == 5
    assert estimate(Units(FIVE, 4), Units(stimuli[:2], 2)).high == math.inf


def test_subjects_in_training_parts_mark_the_interval():
    assert estimate(Units(FIVE, 5), these_subjects_only=True).these_subjects_only


def test_repeats_and_seeds_are_averaged_within_the_subject():
    subjects = np.array(["b", "a", "b", "a", "c", "b"])
    names, means = over_repeats(subjects, np.array([0.5, 0.1, 0.7, math.nan, math.nan, 0.9]))
    assert names.tolist() == ["a", "b", "c"]
    assert means == pytest.approx([0.1, 0.7, math.nan], nan_ok=True)


def test_repeating_an_evaluation_makes_no_further_subjects():
    names, means = over_repeats(np.tile(np.arange(5), 10), np.tile(FIVE, 10))
    assert len(names) == 5
    assert estimate(Units(means, 4)).error == pytest.approx(estimate(Units(FIVE, 4)).error)


@given(SCORES, st.floats(0.5, 0.99), st.floats(1, 100))
def test_bounded_intervals_lie_in_0_to_1_contain_the_mean_and_widen_with_the_level(scores, level, trained):
    units = Units(np.array(scores), trained)
    found, wider = estimate(units, level=level, bounded=True), estimate(units, level=level + 0.009, bounded=True)
    assert 0 <= wider.low <= found.low <= found.mean <= found.high <= wider.high <= 1


@given(SCORES, st.floats(1, 100))
def test_unbounded_intervals_contain_the_mean_and_narrow_with_more_training_subjects(scores, trained):
    found, narrower = estimate(Units(np.array(scores), trained)), estimate(Units(np.array(scores), 2 * trained))
    assert found.low <= narrower.low <= found.mean <= narrower.high <= found.high


@given(SCORES, st.randoms(use_true_random=False))
def test_the_order_of_subjects_does_not_matter(scores, random):
    shuffled = random.sample(scores, len(scores))
    one, other = (estimate(Units(np.array(each), 9), bounded=True) for each in (scores, shuffled))
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-9)


@given(SCORES, st.floats(1, 100))
def test_the_interval_of_errors_mirrors_that_of_scores(scores, trained):
    one = estimate(Units(np.round(scores, 3), trained), bounded=True)
    other = estimate(Units(1 - np.round(scores, 3), trained), bounded=True)
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-9)


@pytest.mark.parametrize(("shift", "reached"), [(0.0, False), (-0.1, False), (-0.2, True)])
def test_an_interval_below_chance_reaches_up_to_it_and_no_other_changes(shift, reached):
    plain, found = (estimate(Units(FIVE / 3 + 0.3 + shift, 4), bounded=True, chance=each) for each in (None, 0.5))
    assert (plain.high < 0.5) == reached
    assert found.high == (0.5 if reached else plain.high)
    assert (found.mean, found.low, found.error) == (plain.mean, plain.low, plain.error)
