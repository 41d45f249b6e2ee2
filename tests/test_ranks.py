"""Ranks over data sets against the worked example of Demšar (2006), SciPy and scikit-posthocs."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench.scoring.ranks import ranking

# Demšar (2006), table 6: ranks of C4.5 without and with tuning of m, of cf, and of both, on 14 data sets
DEMSAR = np.array([
    [4, 3, 2, 1], [1, 2, 3, 4], [4, 1, 2, 3], [4, 1, 3, 2], [4, 2, 3, 1], [1, 2.5, 4, 2.5], [3, 2, 4, 1],
    [2.5, 2.5, 4, 1], [4, 3, 2, 1], [2.5, 2.5, 2.5, 2.5], [4, 2.5, 1, 2.5], [3, 2, 4, 1], [4, 1, 2, 3], [3, 1, 4, 2],
])  # fmt: skip


def test_the_published_example():
    found = ranking(-DEMSAR)
    assert found.mean_ranks == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)
    ties = 1 - (3 * 6 + 60) / (14 * 4 * 15)  # three pairs and one quadruple, for which the paper does not correct
    assert found.friedman * ties == pytest.approx(9.28, abs=0.005)
    assert found.critical_difference == pytest.approx(1.25, abs=0.005)
    assert found.groups == ((3, 1, 2, 0),)  # 3.143 - 1.964 is less than 1.25
    assert ranking(-DEMSAR, level=0.9).critical_difference == pytest.approx(1.12, abs=0.005)


@pytest.mark.parametrize(
    ("rows", "quantile"), [(3, 2.343), (4, 2.569), (5, 2.728), (6, 2.850), (7, 2.949), (8, 3.031), (10, 3.164)]
)
def test_critical_values_are_those_of_the_published_table(rows, quantile):  # Demšar (2006), table 5
    found = ranking(np.random.default_rng(rows).random((6, rows))).critical_difference
    assert found / np.sqrt(rows * (rows + 1) / 36) == pytest.approx(quantile, abs=1e-3)


def test_friedman_is_that_of_scipy_and_differences_are_those_of_scikit_posthocs():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from scikit_posthocs import posthoc_nemenyi_friedman
    scores = np.random.default_rng(4).normal(np.arange(5), 1, (9, 5))
    found = ranking(scores)
    assert (found.friedman, found.p) == pytest.approx(tuple(stats.friedmanchisquare(*scores.T)))
    apart = np.abs(found.mean_ranks[:, None] - found.mean_ranks) > found.critical_difference
    expected = posthoc_nemenyi_friedman(scores).to_numpy() < 0.05
    assert apart.any()
    np.testing.assert_array_equal(apart, expected)


def test_the_best_row_has_rank_1_and_rows_far_apart_share_no_group():
    scores = np.arange(6.0) + np.zeros((40, 6))
    found = ranking(scores)
    assert found.mean_ranks.tolist() == [6, 5, 4, 3, 2, 1]
    assert 1 < found.critical_difference < 2
    assert found.groups == ((5, 4), (4, 3), (3, 2), (2, 1), (1, 0))


def test_rows_that_never_differ_are_one_group():
    found = ranking(np.ones((3, 4)))
    assert (found.friedman, found.p) == (0, 1)
    assert found.groups == ((0, 1, 2, 3),)


@given(st.integers(3, 12), st.integers(3, 7), st.integers(0, 10**6))
def test_a_group_holds_all_pairs_that_are_close_and_no_other(datasets, rows, seed):
    found = ranking(np.random.default_rng(seed).normal(np.arange(rows) * 0.5, 1, (datasets, rows)))
    together = {(one, other) for group in found.groups for one in group for other in group if one < other}
    close = np.abs(found.mean_ranks[:, None] - found.mean_ranks) <= found.critical_difference
    assert together == {(one, other) for one, other in np.argwhere(close).tolist() if one < other}
    assert not any(set(a) < set(b) for a in found.groups for b in found.groups)


@pytest.mark.parametrize("scores", [np.ones((2, 4)), np.ones((4, 2)), np.array([[1, 2, 3], [1, 2, np.nan], [1, 2, 3]])])
def test_too_few_data_sets_or_rows_and_missing_scores_are_refused(scores):
    with pytest.raises(ValueError, match="needs 3 data sets and 3 rows, and each score of each row"):
        ranking(scores)
