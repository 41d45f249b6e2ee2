"""Pseudo-values of stimuli against hand-worked cases, scikit-learn, DeLong's variance and the variance of draws."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from bench.leaderboard.estimates import estimates
from bench.leaderboard.summary import by_unit
from bench.results.cell_record import Design
from bench.scoring.auroc import auroc_by_subject
from bench.scoring.stimulus_auroc import auroc_by_stimulus


def pseudo_values(labels, scores, stimuli=None, subjects=None, folds=None):
    """Without stimuli, every window is one of its own."""
    count, scores = len(scores), np.asarray(scores, float)
    return auroc_by_stimulus(
        np.array(labels),
        np.column_stack([-scores, scores]),
        np.zeros(count) if subjects is None else subjects,
        np.zeros(count) if folds is None else folds,
        np.arange(count) if stimuli is None else stimuli,
    )[1]


def test_a_case_by_hand():
    # 9 and 8 are above all, and 1 is above none: 6 of 9 comparisons are won, by 2/3 less than 1 or more than 0
    found = pseudo_values([1, 1, 1, 0, 0, 0], [9, 8, 1, 5, 4, 2])
    changes = np.array([3 / 27, 3 / 27, -6 / 27, 0, 0, 0])
    once = (changes**2).sum() - (6 * (1 / 27) ** 2 + 3 * (2 / 27) ** 2)
    rest = 1 - (6 * (1 / 3) ** 2 - 9 * (1 / 9) ** 2)  # of 9 · 9 pairs of comparisons, 9 · 5 have a stimulus in common
    scale = np.sqrt(once / rest * 5 / 6 / (changes**2).sum())
    assert rest == pytest.approx(36 / 81)
    assert found == pytest.approx(2 / 3 + 6 * scale * changes)
    assert found.var(ddof=1) / 6 == pytest.approx(once / rest)


def test_comparisons_within_folds_are_the_units_where_each_has_two_stimuli():
    # 4 of 5 folds are in order; the variance is that of the mean of five numbers
    labels, scores, folds = [0, 1] * 5, [1, 2] * 4 + [2, 1], np.repeat(range(5), 2)
    found = pseudo_values(labels, scores, folds=folds)
    assert found.mean() == pytest.approx(0.8)
    assert found.var(ddof=1) / 10 == pytest.approx(np.var([1, 1, 1, 1, 0], ddof=1) / 5)


def crossed(random, subjects=6, stimuli=12, windows=3, classes=2, folds=2):
    """Every subject has windows of every stimulus, which has one class and shifts the scores of all subjects."""
    subject, stimulus, _ = (each.ravel() for each in np.indices((subjects, stimuli, windows)))
    labels = stimulus % classes
    logits = random.normal(size=(len(labels), classes)) + random.normal(size=(stimuli, classes))[stimulus]
    logits[np.arange(len(labels)), labels] += 0.7
    return (
        labels,
        np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True),
        subject,
        stimulus // classes % folds,
        stimulus,
    )


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("folds", [1, 2, 12])
def test_their_mean_is_that_of_the_auroc_of_subjects(classes, folds):
    labels, probabilities, subject, fold, stimulus = crossed(np.random.default_rng(3), classes=classes, folds=folds)
    fold = stimulus if folds == 12 else fold  # no fold has two classes, so that all are ranked together
    names, found = auroc_by_stimulus(labels, probabilities, subject, fold, stimulus)
    assert names.tolist() == list(range(12))
    people = auroc_by_subject(labels, probabilities, subject, fold)
    assert found.mean() == pytest.approx(np.mean(people.values))


def test_they_are_proportional_to_the_changes_of_the_mean_that_scikit_learn_finds_with_other_weights():
    labels, probabilities, subject, fold, stimulus = crossed(np.random.default_rng(4), folds=1)
    found = auroc_by_stimulus(labels, probabilities, subject, fold, stimulus)[1]
    step, changes = 1e-6, []
    for one in range(12):
        weights = 1 + step * (stimulus == one)
        parts = [
            (labels[mine], probabilities[mine, 1], weights[mine]) for mine in (subject == each for each in range(6))
        ]
        changes.append(
            np.mean(
                [roc_auc_score(y, score, sample_weight=weight) - roc_auc_score(y, score) for y, score, weight in parts]
            )
            / step
        )
    scale = np.linalg.norm(found - found.mean()) / np.linalg.norm(changes)
    assert found - found.mean() == pytest.approx(scale * np.array(changes), abs=1e-4)
    assert scale == pytest.approx(12, rel=0.1)  # less what is counted twice, more for the mean that is estimated


def test_with_many_windows_of_one_subject_the_variance_is_that_of_delong():
    random = np.random.default_rng(5)
    positive, negative = random.normal(0.8, 1, 200), random.normal(0, 1, 150)
    won = positive[:, None] > negative
    delong = won.mean(axis=1).var(ddof=1) / 200 + won.mean(axis=0).var(ddof=1) / 150
    found = pseudo_values([1] * 200 + [0] * 150, np.concatenate([positive, negative]))
    assert found.var(ddof=1) / 350 == pytest.approx(delong, rel=0.02)


@pytest.mark.parametrize(("positives", "negatives", "folds"), [(5, 5, 1), (3, 12, 1), (10, 10, 5), (5, 5, 5)])
def test_on_average_it_is_the_variance_of_auroc_over_draws_of_stimuli(positives, negatives, folds):
    random = np.random.default_rng(6)
    labels = np.repeat([1, 0], [positives, negatives])
    fold = np.concatenate([np.arange(positives), np.arange(negatives)]) % folds
    drawn = [pseudo_values(labels, random.normal(0.7 * labels, 1), folds=fold) for _ in range(400)]
    expected = np.var([each.mean() for each in drawn])
    assert np.mean([each.var(ddof=1) / len(labels) for each in drawn]) == pytest.approx(expected, rel=0.2)


def test_a_stimulus_without_comparisons_has_none_and_two_have_none_either():
    stimuli, subjects = np.array([1, 2, 3, 4, 5]), np.array([0, 0, 0, 0, 1])  # the second subject has one class
    found = pseudo_values([0, 1, 0, 1, 1], [1, 2, 3, 4, 5], stimuli, subjects)
    assert np.isfinite(found).tolist() == [True] * 4 + [False]
    assert np.isnan(pseudo_values([0, 1], [1, 2])).all()
    assert np.isnan(pseudo_values([1, 1, 1], [1, 2, 3])).all()


def test_the_same_auroc_everywhere_has_no_variance():
    labels, subjects = np.tile([0, 0, 1, 1], 5), np.repeat(range(5), 4)
    for scores, value in ((labels, 1.0), (np.zeros(20), 0.5), (-labels, 0.0)):
        found = pseudo_values(labels, scores, np.tile(range(4), 5), subjects)
        assert found == pytest.approx([value] * 4, abs=1e-12)


def test_one_stimulus_in_all_comparisons_has_finite_values():
    assert np.isfinite(pseudo_values([1, 0, 0, 0], [2, 1, 3, 0])).all()


@pytest.mark.parametrize("unseen", [("stimulus",), ("subject", "stimulus")])
def test_estimates_of_auroc_count_stimuli_of_one_class_and_average_seeds(unseen):
    random = np.random.default_rng(7)
    tables = []
    for seed in range(2):
        labels, probabilities, subject, fold, stimulus = crossed(random)
        table = pd.DataFrame({"label": labels, "subject": subject, "fold": fold, "stimulus": stimulus, "seed": seed})
        tables.append(table.assign(**{"p.a": probabilities[:, 0], "p.b": probabilities[:, 1]}))
    predictions = pd.concat(tables, ignore_index=True)
    people, media = (by_unit(predictions, unit, ("a", "b")) for unit in ("subject", "stimulus"))
    found = estimates(people, media, Design(unseen, 5.0, 11.0))["auroc"]
    assert found.mean == pytest.approx(np.mean([each["auroc"] for each in people.values()]))
    assert found.n == (6 if "subject" in unseen else 12)
    assert found.missing == 0
    alone = estimates(people, {}, Design(("subject",), 5.0))["auroc"]
    assert 0 <= found.low < alone.low
    assert alone.high < found.high <= 1
