"""Metrics against scikit-learn and against cases worked by hand."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from bench.scoring import metrics

LEVELS = 8  # probabilities are multiples of 1/8, so that ties and exact halves happen often


@st.composite
def predictions(draw):
    count = draw(st.integers(2, 4))
    n = draw(st.integers(1, 30))
    labels = np.array(draw(st.lists(st.integers(0, count - 1), min_size=n, max_size=n)))
    cuts = draw(
        st.lists(
            st.lists(st.integers(0, LEVELS), min_size=count - 1, max_size=count - 1).map(sorted), min_size=n, max_size=n
        )
    )
    edges = np.column_stack([np.zeros(n), np.array(cuts).reshape(n, count - 1), np.full(n, LEVELS)])
    return labels, np.diff(edges, axis=1) / LEVELS


def by_scikit_learn(labels, probabilities):
    classes = probabilities.shape[1]
    predicted, every = probabilities.argmax(axis=1), list(range(classes))
    average = {"average": "binary", "pos_label": 1} if classes == 2 else {"average": "macro"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        onehot = np.eye(classes)[labels]
        ranked = [1] if classes == 2 else [number for number in every if (labels == number).any()]
        auroc = [reference.roc_auc_score(onehot[:, number], probabilities[:, number]) for number in ranked]
        precision = [reference.average_precision_score(onehot[:, n], probabilities[:, n]) for n in ranked]
        return {
            "accuracy": reference.accuracy_score(labels, predicted),
            "balanced_accuracy": reference.balanced_accuracy_score(labels, predicted),
            "macro_f1": reference.f1_score(labels, predicted, average="macro", zero_division=0),
            "weighted_f1": reference.f1_score(labels, predicted, average="weighted", zero_division=0),
            "f1": reference.f1_score(labels, predicted, zero_division=0, **average),
            "precision": reference.precision_score(labels, predicted, zero_division=0, **average),
            "recall": reference.recall_score(labels, predicted, zero_division=0, **average),
            "mcc": reference.matthews_corrcoef(labels, predicted),
            "kappa": reference.cohen_kappa_score(labels, predicted, labels=every),
            "auroc": np.mean(auroc),
            "average_precision": np.mean(precision) if (labels > 0).any() or classes > 2 else math.nan,
            "log_loss": reference.log_loss(labels, probabilities, labels=every),
            "brier": reference.brier_score_loss(labels, probabilities[:, 1], pos_label=1)
            if classes == 2
            else reference.brier_score_loss(labels, probabilities, labels=every),
        }


@settings(max_examples=80, deadline=None)
@given(predictions())
def test_every_metric_is_as_scikit_learn_defines_it(case):
    found, expected = metrics.scores(*case), by_scikit_learn(*case)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=1e-9, nan_ok=True), name


@pytest.mark.parametrize("classes", [3, 4])
def test_auroc_of_several_classes_is_scikit_learns_macro_one_vs_rest(classes):
    random = np.random.default_rng(classes)
    labels, probabilities = random.permutation(np.arange(60) % classes), random.dirichlet(np.ones(classes), 60)
    expected = reference.roc_auc_score(labels, probabilities, multi_class="ovr", average="macro")
    assert metrics.scores(labels, probabilities)["auroc"] == pytest.approx(expected)


@settings(max_examples=50, deadline=None)
@given(predictions(), st.integers(0, 2**16))
def test_the_order_of_windows_does_not_matter(case, seed):
    labels, probabilities = case
    order = np.random.default_rng(seed).permutation(len(labels))
    assert metrics.scores(labels, probabilities) == pytest.approx(
        metrics.scores(labels[order], probabilities[order]), nan_ok=True
    )


@settings(max_examples=50, deadline=None)
@given(predictions())
def test_a_stack_of_confusion_matrices_gives_what_each_gives(case):
    labels, probabilities = case
    classes = probabilities.shape[1]
    each = [metrics.confusion(part, part[::-1], classes) for part in (labels, labels[: len(labels) // 2 + 1])]
    stacked = metrics.from_confusion(np.stack(each))
    for place, matrix in enumerate(each):
        for name, value in metrics.from_confusion(matrix).items():
            assert stacked[name][place] == pytest.approx(float(value), nan_ok=True), name


def test_a_case_worked_by_hand():
    labels = np.array([0, 0, 0, 1, 1])
    positive = np.array([0.1, 0.4, 0.8, 0.8, 0.6])  # decisions 0 0 1 1 1
    found = metrics.scores(labels, np.column_stack([1 - positive, positive]))
    assert found == pytest.approx(
        {
            "accuracy": 4 / 5,
            "balanced_accuracy": (2 / 3 + 1) / 2,
            "tuned_balanced_accuracy": (2 / 3 + 1) / 2,  # at one half, where no threshold is given
            "macro_f1": (4 / 5 + 4 / 5) / 2,
            "weighted_f1": 4 / 5,
            "f1": 4 / 5,
            "precision": 2 / 3,
            "recall": 1.0,
            "mcc": (2 * 2 - 1 * 0) / math.sqrt(3 * 2 * 3 * 2),
            "kappa": (4 / 5 - 12 / 25) / (1 - 12 / 25),  # chance: (3·2 + 2·3) / 25
            "auroc": (1 + 1 + 0.5 + 1 + 1 + 0) / 6,
            "average_precision": 0.5 * 1 / 2 + 0.5 * 2 / 3,  # the tie at 0.8 is one step
            "log_loss": -(math.log(0.9) + math.log(0.6) + math.log(0.2) + math.log(0.8) + math.log(0.6)) / 5,
            "brier": (0.01 + 0.16 + 0.64 + 0.04 + 0.16) / 5,
            # bins of 1/15: 0.9 | 0.6 and 0.6 together | 0.8 (wrong) and 0.8 (right) together
            "ece": (0.1 + 0.8 + abs(1 - 1.6)) / 5,
        }
    )


@pytest.mark.parametrize(
    ("confidence", "right", "error"),
    [([1.0] * 4, [1, 1, 1, 1], 0.0), ([1.0] * 4, [1, 1, 0, 0], 0.5), ([0.75] * 4, [1, 1, 1, 0], 0.0)],
)
def test_calibration_error_is_the_gap_between_confidence_and_accuracy(confidence, right, error):
    first = np.array(confidence)
    assert metrics.scores(1 - np.array(right), np.column_stack([first, 1 - first]))["ece"] == pytest.approx(error)


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_in_the_truth_leaves_auroc_undefined_and_warns_of_nothing(label):
    found = metrics.scores(np.full(4, label), np.array([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1], [0.5, 0.5]]))
    assert math.isnan(found["auroc"])
    assert found["accuracy"] == (0.75, 0.25)[label]
    assert found["mcc"] == 0


def test_equal_probabilities_decide_for_the_first_class():
    assert metrics.scores(np.array([0, 1]), np.full((2, 2), 0.5))["accuracy"] == 0.5


def test_no_window_leaves_every_metric_undefined():
    found = metrics.scores(np.zeros(0), np.zeros((0, 3)))
    assert tuple(found) == metrics.NAMES
    assert all(math.isnan(value) for value in found.values())


def test_the_confusion_matrix_has_truth_in_rows():
    found = metrics.confusion(np.array([0, 0, 2]), np.array([1, 1, 0]), 3)
    assert found.tolist() == [[0, 2, 0], [0, 0, 0], [1, 0, 0]]


def test_headline_metrics_exist():
    assert set(metrics.HEADLINE) <= set(metrics.NAMES)


def test_chance_is_what_shuffled_predictions_score_on_average():
    random = np.random.default_rng(0)
    labels, said = random.permutation(np.repeat([0, 1], [300, 100])), random.permutation(np.repeat([0, 1], [120, 280]))
    shuffled = [metrics.from_confusion(metrics.confusion(labels, random.permutation(said), 2)) for _ in range(2000)]
    chance = metrics.at_chance(metrics.confusion(labels, said, 2))
    for name in ("accuracy", "balanced_accuracy", "macro_f1"):
        assert chance[name] == pytest.approx(np.mean([found[name] for found in shuffled]), abs=0.002)


def test_chance_by_hand():
    # Four windows of each class, three quarters called the second: a hit rate of 1/4 and 3/4 by accident.
    chance = metrics.at_chance(np.array([[2, 2], [0, 4]]))
    assert chance["accuracy"] == chance["balanced_accuracy"] == 0.5
    assert chance["macro_f1"] == pytest.approx((2 * 1 / (4 + 2) + 2 * 3 / (4 + 6)) / 2)
