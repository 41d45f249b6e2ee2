"""AUROC of subjects against scikit-learn and hand-worked cases."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from bench.scoring.auroc import auroc_by_subject


def binary(labels, scores, subjects, folds=None):
    scores = np.asarray(scores, float)
    folds = np.zeros(len(scores), int) if folds is None else folds
    return auroc_by_subject(
        np.array(labels), np.column_stack([1 - scores, scores]), np.array(subjects), np.array(folds)
    )


@st.composite
def windows(draw):
    """Labels, scores with many ties, subjects and folds."""
    n = draw(st.integers(1, 40))

    def numbers(most):
        return np.array(draw(st.lists(st.integers(0, most), min_size=n, max_size=n)))

    return numbers(1), numbers(6) / 8, numbers(3), numbers(2)


def by_scikit_learn(labels, scores, folds):
    """One subject: AUROC within folds weighted by pairs, else pooled; and whether it is pooled."""
    if len(set(labels)) < 2:
        return math.nan, False
    parts = [(labels[folds == fold], scores[folds == fold]) for fold in np.unique(folds)]
    both = [(labels, scores) for labels, scores in parts if len(set(labels)) == 2]
    if not both:
        return roc_auc_score(labels, scores), True
    weights = [labels.sum() * (1 - labels).sum() for labels, _ in both]
    return np.average([roc_auc_score(*part) for part in both], weights=weights), False


@given(windows())
def test_each_subject_has_the_auroc_of_scikit_learn_within_folds(case):
    labels, scores, subjects, folds = case
    found = binary(labels, scores, subjects, folds)
    assert found.subjects.tolist() == sorted(set(subjects))
    for place, name in enumerate(found.subjects):
        mine = subjects == name
        value, pooled = by_scikit_learn(labels[mine], scores[mine], folds[mine])
        assert found.values[place] == pytest.approx(value, nan_ok=True)
        assert found.pooled[place] == pooled


@pytest.mark.parametrize("classes", [3, 4])
def test_several_classes_have_the_macro_one_against_rest_auroc_of_scikit_learn(classes):
    random = np.random.default_rng(classes)
    labels, probabilities = random.permutation(np.arange(60) % classes), random.dirichlet(np.ones(classes), 60)
    found = auroc_by_subject(labels, probabilities, np.zeros(60), np.zeros(60))
    expected = roc_auc_score(labels, probabilities, multi_class="ovr", average="macro")
    assert found.values == pytest.approx([expected])


def test_classes_that_a_subject_does_not_have_do_not_count():
    labels = np.array([0, 0, 2, 2])
    probabilities = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.3, 0.3, 0.4], [0.5, 0.1, 0.4]])
    found = auroc_by_subject(labels, probabilities, np.zeros(4), np.zeros(4))
    # class 0: 0.6 beats both, 0.2 none, 2 of 4 pairs; class 2: 0.4 twice beats 0.1 and 0.3, 4 of 4
    assert found.values == pytest.approx([(2 / 4 + 4 / 4) / 2])


def test_ties_count_one_half():
    assert binary([0, 1, 0, 1], [0.5, 0.5, 0.2, 0.9], ["a"] * 4).values == pytest.approx([3.5 / 4])


def test_models_with_different_levels_of_probability_are_ranked_apart():
    # each fold is perfect, while together 0.4 of the second loses against 0.6 of the first
    found = binary([0, 1, 0, 1], [0.6, 0.7, 0.3, 0.4], [7] * 4, [0, 0, 1, 1])
    assert found.values.tolist() == [1.0]
    assert not found.pooled.any()


def test_folds_are_weighted_by_their_pairs():
    labels, scores = [0, 1, 0, 0, 1, 1], [0.5, 0.4, 0.1, 0.2, 0.3, 0.4]
    assert binary(labels, scores, [1] * 6, [0, 0, 1, 1, 1, 1]).values == pytest.approx([(0 * 1 + 1 * 4) / 5])


def test_subjects_with_one_class_are_left_out_and_those_without_a_pair_in_any_fold_are_pooled():
    found = binary([1, 1, 0, 1, 0, 1], [0.1, 0.2, 0.3, 0.8, 0.1, 0.9], list("aabbcc"), [0, 0, 1, 2, 3, 3])
    assert found.values == pytest.approx([math.nan, 1.0, 1.0], nan_ok=True)
    assert found.pooled.tolist() == [False, True, False]
    assert found.single_class == 1


def test_no_window_gives_no_subject():
    assert len(binary([], [], [], []).values) == 0


@given(windows(), st.sampled_from([lambda x: x**3, np.sqrt, lambda x: x / 2 + 0.1, np.expm1]))
def test_increasing_functions_of_the_scores_change_nothing(case, function):
    labels, scores, subjects, folds = case
    one, other = (binary(labels, each, subjects, folds).values for each in (scores, function(scores)))
    np.testing.assert_array_equal(one, other)


@given(windows())
def test_swapped_labels_give_the_complement(case):
    labels, scores, subjects, folds = case
    one, other = (binary(each, scores, subjects, folds).values for each in (labels, 1 - labels))
    np.testing.assert_allclose(one, 1 - other)


@given(windows(), st.integers(0, 100))
def test_the_order_of_windows_does_not_matter(case, seed):
    order = np.random.default_rng(seed).permutation(len(case[0]))
    np.testing.assert_array_equal(binary(*case).values, binary(*(each[order] for each in case)).values)
