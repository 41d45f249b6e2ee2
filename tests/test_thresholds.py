"""Thresholds against an exhaustive search, calibration and temperature against scikit-learn and closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, log_loss

from bench.scoring import metrics
from bench.scoring.calibration import fit_temperature, reliability, with_temperature
from bench.scoring.thresholds import best_threshold

WINDOWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8).map(lambda x: x / 8)), min_size=2, max_size=30)


def balanced_accuracy(labels, probabilities, threshold):
    both = np.column_stack([1 - probabilities, probabilities])
    return metrics.scores(labels, both, np.full(len(labels), threshold))[metrics.TUNED]


def arrays(pairs):
    labels, probabilities = np.array(pairs).T
    return labels.astype(int), probabilities


@given(WINDOWS.filter(lambda pairs: len({label for label, _ in pairs}) == 2))
def test_no_threshold_has_a_higher_balanced_accuracy(pairs):
    labels, probabilities = arrays(pairs)
    found = balanced_accuracy(labels, probabilities, best_threshold(labels, probabilities))
    everywhere = [balanced_accuracy(labels, probabilities, threshold) for threshold in np.linspace(0, 1.05, 43)]
    assert found == pytest.approx(max(everywhere))


@pytest.mark.parametrize(
    ("labels", "probabilities", "threshold"),
    [
        ([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4], 0.25),  # ranked well, and never above one half
        ([0, 0, 1, 1], [0.1, 0.4, 0.8, 0.9], 0.5),  # anything between 0.4 and 0.8 is best
        ([0, 1], [0.6, 0.8], 0.7),
        ([0, 1, 0, 1], [0.2, 0.4, 0.6, 0.8], 0.3),  # 0.3 and 0.7 have three quarters, at the same distance
        ([1, 0], [0.1, 0.9], 0.0),  # nothing beats the same decision always
        ([0, 1], [0.3, 0.3], 0.5),
        ([1, 1], [0.1, 0.2], 0.5),  # one class only
        ([], [], 0.5),
        ([0, 1], [0.25, math.nextafter(0.25, 1)], math.nextafter(0.25, 1)),
    ],
)
def test_the_threshold_by_hand(labels, probabilities, threshold):
    assert best_threshold(np.array(labels), np.array(probabilities)) == pytest.approx(threshold, abs=1e-15)


@given(WINDOWS, st.integers(0, 99))
def test_the_order_of_windows_does_not_matter(pairs, seed):
    labels, probabilities = arrays(pairs)
    order = np.random.default_rng(seed).permutation(len(labels))
    assert best_threshold(labels, probabilities) == best_threshold(labels[order], probabilities[order])


@given(WINDOWS.filter(lambda pairs: len({label for label, _ in pairs}) == 2), st.floats(0, 1))
def test_balanced_accuracy_at_a_threshold_is_scikit_learns(pairs, threshold):
    labels, probabilities = arrays(pairs)
    expected = balanced_accuracy_score(labels, probabilities >= threshold)
    assert balanced_accuracy(labels, probabilities, threshold) == pytest.approx(expected)


def predictions(classes, n=400, scale=3.0, seed=0):
    """Labels drawn from probabilities, and the probabilities of a model that is too sure by this factor."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1, (n, classes))
    labels = (special.softmax(logits, axis=1).cumsum(axis=1) > random.random((n, 1))).argmax(axis=1)
    return labels, special.softmax(scale * logits, axis=1)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_reliability_curve_has_the_calibration_error_of_the_metrics(classes):
    labels, probabilities = predictions(classes)
    found = reliability(labels, probabilities)
    assert found.counts.sum() == 400
    assert found.ece == pytest.approx(metrics.scores(labels, probabilities)["ece"])


def test_the_reliability_curve_is_that_of_scikit_learn():
    labels, probabilities = predictions(2)
    found = reliability(labels, probabilities, bins=8)
    right = probabilities.argmax(axis=1) == labels
    accuracy, confidence = calibration_curve(right, probabilities.max(axis=1), n_bins=8)
    filled = found.counts > 0
    assert filled.tolist() == [False] * 4 + [True] * 4
    np.testing.assert_allclose(found.accuracy[filled], accuracy)
    np.testing.assert_allclose(found.confidence[filled], confidence)


def test_no_window_has_no_calibration_error():
    assert math.isnan(reliability(np.zeros(0, int), np.zeros((0, 2))).ece)


@pytest.mark.parametrize(("confidence", "right"), [(0.95, 0.75), (0.6, 0.9)])
def test_the_temperature_of_one_confidence_makes_it_the_accuracy(confidence, right):
    labels = (np.arange(100) >= 100 * right).astype(int)
    probabilities = np.tile([confidence, 1 - confidence], (100, 1))
    found = fit_temperature(labels, probabilities)
    assert found == pytest.approx(special.logit(confidence) / special.logit(right), rel=1e-5)
    assert with_temperature(probabilities, found)[:, 0] == pytest.approx(right, abs=1e-5)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("scale", [0.4, 3.0])
def test_the_temperature_undoes_a_wrong_scale_and_no_other_has_a_lower_log_loss(classes, scale):
    labels, probabilities = predictions(classes, 4000, scale)
    found = fit_temperature(labels, probabilities)
    assert found == pytest.approx(scale, rel=0.15)
    best = log_loss(labels, with_temperature(probabilities, found))
    for other in (1.0, 0.99 * found, 1.01 * found):
        assert best < log_loss(labels, with_temperature(probabilities, other))


@pytest.mark.parametrize("classes", [2, 3])
def test_calibrated_probabilities_are_those_of_scikit_learn(classes):
    random = np.random.default_rng(classes)
    labels = random.integers(0, classes, 300)
    features = random.normal(0, 1, (300, 12)) + np.eye(classes, 12)[labels]
    fitted = LogisticRegression(C=1000).fit(features[:60], labels[:60])
    reference = CalibratedClassifierCV(FrozenEstimator(fitted), method="temperature").fit(features[60:], labels[60:])
    inner, test = fitted.predict_proba(features[60:]), fitted.predict_proba(features[:60])
    found = with_temperature(test, fit_temperature(labels[60:], inner))
    np.testing.assert_allclose(found, reference.predict_proba(features[:60]), atol=2e-3)


def test_a_temperature_of_1_changes_nothing_and_others_keep_the_order():
    probabilities = predictions(4)[1]
    np.testing.assert_allclose(with_temperature(probabilities, 1.0), probabilities, atol=1e-12)
    np.testing.assert_array_equal(
        with_temperature(probabilities, 7.0).argsort(axis=1), probabilities.argsort(axis=1, kind="stable")
    )


def test_predictions_without_an_error_have_a_low_temperature_with_a_bound():
    assert 0.05 <= fit_temperature(np.array([0, 1]), np.array([[0.9, 0.1], [0.0, 1.0]])) < 0.1
