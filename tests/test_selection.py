"""Selection without the subject that is scored, and permutation of whole trials, by hand and by loops."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import Refused
from bench.scoring.permutation import permutation_p, permute_trials
from bench.scoring.selection import best_row, gain, leave_one_out
from bench.scoring.variance import Units, estimate

NAN = math.nan


def test_each_subject_gets_the_row_that_is_best_on_the_others():
    scores = np.array([[0.9, 0.5, 0.5], [0.6, 0.6, 0.6]])
    found = leave_one_out(scores)
    assert found.selected.tolist() == [1, 0, 0]  # without the first subject, row 0 has 0.5 only; else 0.7 beats 0.6
    assert found.scores.tolist() == [0.6, 0.5, 0.5]
    assert found.counts.tolist() == [2, 1]


def test_equal_rows_are_selected_in_their_order_in_spite_of_rounding():
    scores = np.array([[0.1, 0.2, 0.3, 0.4], [0.3, 0.4, 0.1, 0.2], [0.2, 0.1, 0.4, 0.3]])
    found = leave_one_out(np.column_stack([np.full((3, 1), 0.7), scores]))
    assert found.selected[0] == 0


def test_undefined_scores_are_left_out_of_means_and_one_subject_selects_nothing():
    found = leave_one_out(np.array([[NAN, 0.9, NAN], [0.5, 0.5, 0.5]]))
    assert found.selected.tolist() == [0, 1, 0]
    assert found.scores == pytest.approx([NAN, 0.5, NAN], nan_ok=True)
    alone = leave_one_out(np.array([[0.4], [0.5]]))
    assert (alone.selected.tolist(), alone.counts.tolist()) == ([-1], [0, 0])
    assert math.isnan(alone.scores[0])


@given(st.integers(1, 5), st.integers(2, 9), st.integers(0, 10**6))
def test_the_selection_is_that_of_a_loop(rows, subjects, seed):
    random = np.random.default_rng(seed)
    scores = random.random((rows, subjects))
    found = leave_one_out(scores)
    for place in range(subjects):
        others = np.delete(scores, place, axis=1).mean(axis=1)
        assert found.selected[place] == np.argmax(others)
        assert found.scores[place] == scores[np.argmax(others), place]
    assert found.counts.sum() == subjects


@given(st.integers(1, 5), st.integers(2, 9), st.integers(0, 10**6), st.floats(-1, 1))
def test_a_subjects_own_score_has_no_part_in_its_selection(rows, subjects, seed, score):
    scores = np.random.default_rng(seed).random((rows, subjects))
    before = leave_one_out(scores).selected[0]
    scores[0, 0] = score
    assert leave_one_out(scores).selected[0] == before


def test_the_gain_over_one_row_is_the_difference_to_it():
    fusion, single = np.array([0.7, 0.8, 0.9]), np.array([0.6, 0.6, 0.9])
    found, expected = gain(fusion, single[None], 2), estimate(Units(fusion - single, 2))
    assert (found.mean, found.low, found.high) == pytest.approx((expected.mean, expected.low, expected.high))
    assert found.mean == pytest.approx(0.1)


def test_the_gain_over_two_rows_by_hand():
    fusion, singles = np.array([0.7, 0.8, 0.9]), np.array([[0.6, 0.6, 0.9], [0.7, 0.6, 0.5]])
    error, other = (math.sqrt(variance * (1 / 3 + 1 / 2)) for variance in (0.01, 0.04))  # of differences 0.1 and 0.2
    found = gain(fusion, singles, 2)
    assert found.mean == pytest.approx(np.mean([0.7 - 0.6, 0.8 - 0.6, 0.9 - 0.5]))
    assert found.low == pytest.approx(min(0.1 - 4.302653 * error, 0.2 - 4.302653 * other))
    assert found.high == pytest.approx(min(0.1 + 6.205347 * error, 0.2 + 6.205347 * other))


def test_held_out_stimuli_widen_the_gain_and_two_subjects_bound_nothing():
    fusion, singles = np.array([0.7, 0.8, 0.9]), np.array([[0.6, 0.6, 0.9], [0.7, 0.6, 0.5]])
    one, other = gain(fusion, singles, 2), gain(fusion, singles, 2, stimuli=[Units(np.array([0.1, 0.3, 0.0]), 2)] * 2)
    assert other.low < one.low < one.high < other.high
    for few in (0, 1, 2):
        bounds = gain(fusion[:few], singles[:, :few], 1)
        assert (bounds.low, bounds.high, bounds.n) == (-math.inf, math.inf, few if few > 1 else 0)


def test_a_gain_needs_a_row_that_is_better_than_chance_and_so_does_a_loss():
    better, worse = np.array([0.53, 0.55, 0.47, 0.5, 0.55]), np.array([[0.33, 0.34, 0.29, 0.31, 0.36]])
    for sign, fusion, single in ((1, better, worse), (-1, worse[0], better[None])):
        plain = gain(fusion, single, 4)
        assert sign * (plain.low if sign > 0 else plain.high) > 0
        found = gain(fusion, single, 4, chance=0.5)
        assert found == replace(plain, low=min(plain.low, 0.0), high=max(plain.high, 0.0))
        assert gain(fusion + 0.3, single + 0.3, 4, chance=0.5) == gain(fusion + 0.3, single + 0.3, 4)


@given(st.integers(1, 4), st.integers(3, 8), st.integers(0, 10**6))
def test_the_gain_lies_between_its_bounds(rows, subjects, seed):
    random = np.random.default_rng(seed)
    found = gain(random.random(subjects), random.random((rows, subjects)), subjects - 1)
    assert found.low <= found.mean <= found.high


def test_the_best_row_where_one_is_always_best_has_its_bounds_with_the_lower_adjusted():
    scores = np.array([[0.5, 0.4, 0.6, 0.5], [0.8, 0.9, 0.7, 0.8]])
    found, selection = best_row(scores, 3, bounded=True)
    own, adjusted = (estimate(Units(scores[1], 3), level=level, bounded=True) for level in (0.95, 0.975))
    assert (found.mean, found.low, found.high) == (own.mean, adjusted.low, own.high)
    assert selection.counts.tolist() == [0, 4]
    assert best_row(scores[1:], 3, bounded=True)[0].low == own.low


def test_selection_on_the_same_subjects_is_optimistic_and_without_the_subject_it_is_not():
    scores = np.random.default_rng(3).normal(0.5, 0.1, (1500, 6, 10))  # six rows that are all worth 0.5
    assert scores.mean(axis=2).max(axis=1).mean() > 0.535
    assert np.mean([best_row(each, 9)[0].mean for each in scores]) == pytest.approx(0.5, abs=0.003)


# ------------------------------------------------------------------------------------- permutation


def windows(labels, size=3):
    """Trials of two subjects with one label each, several windows of each."""
    labels = np.asarray(labels)
    subjects = np.repeat(["a", "b"], len(labels) * size // 2)
    return subjects, np.repeat(np.tile(np.arange(len(labels) // 2), 2), size), np.repeat(labels, size)


@given(st.integers(0, 10**6))
def test_trials_exchange_labels_as_a_whole_and_within_their_subject(seed):
    subjects, trials, labels = windows([0, 0, 1, 1, 0, 1, 1, 1])
    order = np.random.default_rng(seed).permutation(len(labels))
    found = permute_trials(subjects[order], trials[order], labels[order], np.random.default_rng(seed))
    back = found[np.argsort(order)].reshape(2, 4, 3)
    assert (back == back[:, :, :1]).all()
    assert back[:, :, 0].sum(axis=1).tolist() == [2, 3]


def test_all_arrangements_are_equally_frequent():
    subjects, trials, labels = windows([0, 0, 1, 1, 0, 1, 1, 1], 1)
    random = np.random.default_rng(0)
    found = np.array([permute_trials(subjects, trials, labels, random) for _ in range(2400)])
    arrangements, counts = np.unique(found, axis=0, return_counts=True)
    assert len(arrangements) == 6 * 4
    assert counts.min() > 60
    assert counts.max() < 140


@pytest.mark.parametrize(
    ("labels", "reason"),
    [([0, 0, 0, 0, 0, 1, 1, 1], "one class only"), ([0, 1, 0, 1], "2 of at least 3 trials")],
)
def test_subjects_that_cannot_be_permuted_are_refused(labels, reason):
    with pytest.raises(Refused) as error:
        permute_trials(*windows(labels), np.random.default_rng(0))
    assert str(error.value) == (
        f"Subject a has {reason}, so its labels cannot be permuted. "
        "Leave the subject out, or judge the row by its interval instead."
    )


def test_trials_with_several_labels_are_refused():
    subjects, trials, labels = windows([0, 1, 0, 1, 0, 1])
    labels[-1] = 0
    with pytest.raises(Refused) as error:
        permute_trials(subjects, trials, labels, np.random.default_rng(0))
    assert str(error.value) == (
        "Labels change within a trial of subject b, so whole trials cannot exchange labels. "
        "Permutation needs one label per trial."
    )


@pytest.mark.parametrize(
    ("score", "permuted", "p"),
    [
        (0.9, [0.5, 0.6, 0.4], 1 / 4),
        (0.5, [0.5, 0.6, 0.4], 3 / 4),
        (0.3, [0.1 + 0.2, NAN], 1.0),
        (0.1 + 0.2, [0.3], 1.0),
    ],
)
def test_the_row_counts_as_one_of_the_permutations(score, permuted, p):
    assert permutation_p(score, np.array(permuted)) == p
