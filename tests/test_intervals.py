"""Intervals and tests against SciPy, hand-worked values and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bench.scoring.intervals import cluster_bootstrap, holm, paired_t, t_interval
from bench.scoring.metrics import from_confusion

TEN = np.array([0.71, 0.64, 0.58, 0.80, 0.77, 0.69, 0.66, 0.73, 0.61, 0.75])


def test_ten_folds_use_the_quantile_of_nine_degrees_of_freedom():
    found = t_interval(TEN)
    margin = 2.262157 * TEN.std(ddof=1) / math.sqrt(10)
    assert (found.mean, found.low, found.high) == pytest.approx((0.694, 0.694 - margin, 0.694 + margin), abs=1e-7)
    assert (found.n, found.missing) == (10, 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-10, 10).map(lambda x: round(x, 3)), min_size=2, max_size=30), st.floats(0.5, 0.99))
def test_the_t_interval_is_scipys(values, level):
    found, expected = t_interval(np.array(values), level), stats.t.interval
    spread = np.ptp(values)
    low, high = (
        expected(level, len(values) - 1, np.mean(values), stats.sem(values)) if spread else [np.mean(values)] * 2
    )
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


def test_values_that_are_undefined_are_left_out_and_counted():
    found, known = t_interval(np.array([0.5, np.nan, 0.7, np.nan, 0.9])), t_interval(np.array([0.5, 0.7, 0.9]))
    assert (found.mean, found.low, found.high, found.n) == (known.mean, known.low, known.high, 3)
    assert found.missing == 2


@pytest.mark.parametrize(("values", "mean"), [([], math.nan), ([math.nan], math.nan), ([0.4], 0.4)])
def test_fewer_than_two_values_bound_nothing(values, mean):
    found = t_interval(np.array(values))
    assert found.mean == pytest.approx(mean, nan_ok=True)
    assert (found.low, found.high) == (-math.inf, math.inf)


def test_the_t_interval_covers_the_truth_as_often_as_it_says():
    samples = np.random.default_rng(1).normal(0.3, 2.0, (2000, 8))
    covered = np.mean([found.low <= 0.3 <= found.high for found in map(t_interval, samples)])
    assert covered == pytest.approx(0.95, abs=0.02)


def accuracy(sums):
    return sums[:, 0] / sums[:, 1]


def test_the_bootstrap_over_people_is_that_of_drawing_them_one_by_one():
    random = np.random.default_rng(3)
    totals = np.column_stack([random.integers(0, 20, 12), np.full(12, 20)])
    found = cluster_bootstrap(totals, accuracy, draws=4000, seed=5)
    drawn = [accuracy(totals[random.integers(0, 12, 12)].sum(axis=0)[None])[0] for _ in range(4000)]
    assert found.mean == totals[:, 0].sum() / 240
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.015)


def test_the_bootstrap_takes_every_draw_that_two_people_allow():  # 0 and 1 with 1/4 each, 0.5 with 1/2
    found = cluster_bootstrap(np.array([[0, 10], [10, 10]]), accuracy, level=0.6)
    assert (found.mean, found.low, found.high) == (0.5, 0.0, 1.0)
    assert cluster_bootstrap(np.array([[0, 10], [10, 10]]), accuracy, level=0.4).low == 0.5


def test_the_seed_decides_the_bootstrap():
    totals = np.column_stack([np.arange(9) * 1.37 % 10, np.full(9, 10)])
    assert cluster_bootstrap(totals, accuracy, seed=1) == cluster_bootstrap(totals, accuracy, seed=1)
    assert cluster_bootstrap(totals, accuracy, seed=1) != cluster_bootstrap(totals, accuracy, seed=2)


def test_the_bootstrap_covers_the_truth_where_windows_of_a_person_are_alike():
    random = np.random.default_rng(11)
    skill = random.beta(6, 4, (300, 25))  # 25 people, the mean is 0.6
    right = random.binomial(40, skill)
    intervals = [
        cluster_bootstrap(np.column_stack([row, np.full(25, 40)]), accuracy, draws=400, seed=place)
        for place, row in enumerate(right)
    ]
    assert np.mean([found.low <= 0.6 <= found.high for found in intervals]) == pytest.approx(0.94, abs=0.035)


def test_the_bootstrap_takes_metrics_of_confusion_matrices():
    matrices = np.random.default_rng(2).integers(1, 9, (10, 3, 3))
    found = cluster_bootstrap(matrices, lambda sums: from_confusion(sums)["macro_f1"])
    assert found.mean == pytest.approx(float(from_confusion(matrices.sum(axis=0))["macro_f1"]))
    assert found.low < found.mean < found.high


def test_draws_without_a_value_are_left_out_and_one_person_bounds_nothing():
    def only_some(sums):
        return np.where(sums[:, 1] > 0, accuracy(np.maximum(sums, 1)), np.nan)

    found = cluster_bootstrap(np.array([[5, 10], [0, 0]]), only_some)
    assert (found.mean, found.low, found.high) == (0.5, 0.5, 0.5)
    assert 400 < found.missing < 600
    assert cluster_bootstrap(np.array([[5, 10]]), accuracy).low == -math.inf


def test_the_paired_test_of_folds_is_that_of_papers():
    assert paired_t(TEN - 0.6).p == pytest.approx(stats.ttest_1samp(TEN, 0.6).pvalue)
    assert paired_t(TEN - 0.6).interval == t_interval(TEN - 0.6)


@pytest.mark.parametrize(("differences", "p"), [([0.0] * 5, 1.0), ([0.25] * 4, 0.0), ([0.1], math.nan), ([], math.nan)])
def test_the_paired_test_of_constant_or_few_differences(differences, p):
    assert paired_t(np.array(differences)).p == pytest.approx(p, nan_ok=True)


@pytest.mark.parametrize(
    ("pvalues", "expected"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.5, 0.9], [1.0, 1.0]),
        ([0.02, math.nan, 0.03], [0.04, math.nan, 0.04]),
        ([0.2], [0.2]),
        ([], []),
    ],
)
def test_holm_adjusts_from_the_smallest_up(pvalues, expected):
    assert holm(np.array(pvalues)) == pytest.approx(np.array(expected), nan_ok=True)
