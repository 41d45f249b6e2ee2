"""How often intervals contain the truth and tests find what is not there, with a learner in simulated worlds.

Each world has subjects with a class difference of their own, the sum of a common one and of a Gaussian one, and windows
with Gaussian features. The learner projects windows on the difference between class means of its training subjects.
The truth is the expected AUROC of a new subject under a model trained on as many subjects, over all worlds.
"""

from functools import cache

import numpy as np
import pytest
from scipy import special

from bench.scoring.comparisons import compare, difference
from bench.scoring.intervals import t_interval
from bench.scoring.permutation import permutation_p, permute_trials
from bench.scoring.selection import best_row, gain, leave_one_out
from bench.scoring.variance import Units, estimate

WINDOWS, SPREAD = 8, 0.5  # windows of each class of a subject; standard deviation of class differences over subjects


def world(random, worlds, subjects, effect, features=6):
    """Windows (worlds, subjects, classes, windows, features)."""
    differences = random.normal(0, SPREAD, (worlds, subjects, features))
    differences[..., 0] += effect
    noise = random.normal(size=(worlds, subjects, 2, WINDOWS, features))
    return noise + np.array([-0.5, 0.5])[:, None, None] * differences[:, :, None, None]


def class_differences(windows):
    means = windows.mean(axis=3)
    return means[:, :, 1] - means[:, :, 0]


def auroc(windows, directions):
    """AUROC of each subject (worlds, subjects), projected on the direction of its model."""
    scores = np.einsum("wscnf,wsf->wscn", windows, directions)
    return (scores[:, :, 1, :, None] > scores[:, :, 0, None]).mean(axis=(2, 3))


def loso(windows):
    found = class_differences(windows)
    return auroc(windows, found.sum(axis=1, keepdims=True) - found)


def kfold(windows, folds, repeats, random):
    """AUROC of each subject, averaged over repeats, and the mean of each fold."""
    found, subjects = class_differences(windows), windows.shape[1]
    scores, means = [], []
    for _ in range(repeats):
        fold = random.permutation(subjects) % folds
        same = (fold[:, None] == fold).astype(float)
        scores.append(auroc(windows, found.sum(axis=1, keepdims=True) - np.einsum("ij,wjf->wif", same, found)))
        means.append(np.stack([scores[-1][:, fold == each].mean(axis=1) for each in range(folds)], axis=1))
    return np.mean(scores, axis=0), np.concatenate(means, axis=1)


def holdout(windows, trained):
    direction = class_differences(windows)[:, :trained].sum(axis=1, keepdims=True)
    tested = windows[:, trained:]
    return auroc(tested, np.broadcast_to(direction, (*tested.shape[:2], direction.shape[2])))


def truth(trained, effect, features=6, draws=200_000):
    """The expectation, from the distribution of directions: AUROC is Φ of the distance between classes over √2."""
    random = np.random.default_rng(99)
    directions = random.normal(0, np.sqrt(trained * (SPREAD**2 + 2 / WINDOWS)), (draws, features))
    subjects = random.normal(0, SPREAD, (draws, features))
    directions[:, 0] += trained * effect
    subjects[:, 0] += effect
    return special.ndtr((directions * subjects).sum(axis=1) / np.linalg.norm(directions, axis=1) / np.sqrt(2)).mean()


def covered(intervals, value):
    return np.mean([each.low <= value <= each.high for each in intervals])


def evaluated(protocol, subjects, effect, worlds, seed=1):
    """AUROC of subjects, what the old interval was over, and the number of training subjects."""
    random = np.random.default_rng(seed)
    windows = world(random, worlds, subjects, effect)
    if protocol == "loso":
        scores = loso(windows)
        return scores, scores, subjects - 1
    if protocol == "holdout":
        scores = holdout(windows, subjects // 2)
        return scores, scores, subjects // 2
    return *kfold(windows, 5, int(protocol.removeprefix("kfold")), random), subjects * 4 // 5


CASES = [("loso", 10), ("loso", 20), ("kfold1", 20), ("kfold5", 20), ("holdout", 20)]


def check_coverage(protocol, subjects, effect, worlds):
    scores, folds, trained = evaluated(protocol, subjects, effect, worlds)
    value = truth(trained, effect)
    found = [estimate(Units(each, trained), bounded=True) for each in scores]
    assert 0.93 <= covered(found, value) <= 0.995
    old = covered(map(t_interval, folds), value)
    assert old < covered(found, value) - 0.025
    if protocol == "kfold5":  # repeats counted as further folds
        assert old < 0.6


@pytest.mark.parametrize("effect", [0.0, 1.0])
@pytest.mark.parametrize(("protocol", "subjects"), CASES)
def test_the_interval_covers_the_truth_and_the_old_one_over_folds_does_less(protocol, subjects, effect):
    check_coverage(protocol, subjects, effect, 1000)


@pytest.mark.slow
@pytest.mark.parametrize("effect", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("protocol", "subjects"), [*CASES, ("loso", 40), ("kfold1", 40), ("holdout", 40)])
def test_the_interval_covers_the_truth_in_many_larger_worlds(protocol, subjects, effect):
    check_coverage(protocol, subjects, effect, 4000)


def test_with_one_feature_and_no_effect_intervals_miss_below_chance_and_hardly_ever_above():
    """The limit of the formula: leaving subjects out of a direction that is near zero turns it against them."""
    scores = loso(world(np.random.default_rng(1), 1000, 20, 0.0, features=1))
    found = [estimate(Units(each, 19), bounded=True) for each in scores]
    assert np.mean([each.low > 0.5 for each in found]) < 0.025
    assert np.mean([each.high < 0.5 for each in found]) > 0.05


# ------------------------------------------------------------- subjects and stimuli both held out


def unseen(random, worlds, subjects, stimuli, effect, folds=5):
    """Accuracy (worlds, subjects, stimuli) of 5 × 5 folds whose subjects and stimuli are both unseen, and of folds."""
    features, label = 6, np.where(np.arange(stimuli) % 2, 1.0, -1.0)
    differences = random.normal(0, SPREAD, (worlds, subjects, 1, features))
    differences[..., 0] += effect
    centres = label[:, None] * differences / 2 + random.normal(0, 0.6, (worlds, 1, stimuli, features))
    windows = centres[:, :, :, None] + random.normal(size=(worlds, subjects, stimuli, 4, features))
    means, right, each_fold = windows.mean(axis=3), np.empty((worlds, subjects, stimuli)), []
    of_subject, of_stimulus = np.arange(subjects) % folds, np.arange(stimuli) // 2 % folds
    for one in range(folds):
        for other in range(folds):
            train = means[:, of_subject != one][:, :, of_stimulus != other]
            high, low = (train[:, :, label[of_stimulus != other] == sign].mean(axis=(1, 2)) for sign in (1, -1))
            test = windows[:, of_subject == one][:, :, of_stimulus == other] - (high + low)[:, None, None, None] / 2
            decided = np.einsum("wstnf,wf->wstn", test, high - low) > 0
            scores = (decided == (label[of_stimulus == other] > 0)[:, None]).mean(axis=3)
            right[np.ix_(range(worlds), of_subject == one, of_stimulus == other)] = scores
            each_fold.append(scores.mean(axis=(1, 2)))
    return right, np.stack(each_fold, axis=1)


@pytest.mark.parametrize("effect", [0.0, 0.7])
def test_where_stimuli_are_held_out_too_both_variances_are_needed(effect):
    right, folds = unseen(np.random.default_rng(1), 500, 10, 10, effect)
    value = unseen(np.random.default_rng(2), 1000, 10, 10, effect)[0].mean()
    by_subject, by_stimulus = right.mean(axis=2), right.mean(axis=1)
    found = [estimate(Units(a, 8), Units(b, 8), bounded=True) for a, b in zip(by_subject, by_stimulus, strict=True)]
    assert 0.93 <= covered(found, value) <= 0.995
    assert covered([estimate(Units(each, 8), bounded=True) for each in by_subject], value) < 0.8
    assert covered(map(t_interval, folds), value) < 0.7


# ---------------------------------------------------------------------- differences and selection


@cache
def rows(count, subjects, effect, worlds):
    """AUROC (worlds, rows, subjects) of models on independent modalities, and of one on all but the first of them."""
    random = np.random.default_rng(1)
    windows = [world(random, worlds, subjects, effect) for _ in range(count)]
    return np.stack([loso(each) for each in windows], axis=1), loso(np.concatenate(windows[1:], axis=-1))


def outside(intervals):
    """How often intervals exclude 0."""
    return np.mean([each.low > 0 or each.high < 0 for each in intervals])


@pytest.mark.parametrize("subjects", [10, 20])
@pytest.mark.parametrize("effect", [0.0, 1.0])
def test_two_rows_that_are_worth_the_same_rarely_differ(subjects, effect):
    scores, _ = rows(3, subjects, effect, 700)
    found = [compare(difference(Units(a, subjects - 1), Units(b, subjects - 1))) for a, b, _ in scores]
    assert np.mean([each.p < 0.05 for each in found]) <= (0.07 if effect else 0.08)
    if not effect:
        assert outside(t_interval(a - b) for a, b, _ in scores) > 0.12
        assert np.mean([each.wilcoxon < 0.05 for each in found]) > 0.1


@pytest.mark.parametrize("subjects", [10, 20])
@pytest.mark.parametrize("effect", [0.0, 1.0])
def test_a_row_rarely_gains_over_two_others_that_are_worth_the_same(subjects, effect):
    scores, _ = rows(3, subjects, effect, 700)
    found = [gain(each[0], each[1:], subjects - 1) for each in scores]
    assert outside(found) <= 0.07
    assert np.mean([each.low > 0 for each in found]) <= 0.02


def test_a_fusion_of_nothing_rarely_gains_although_its_difference_to_the_selected_rows_often_seems_sure():
    scores, fusion = rows(3, 20, 0.0, 700)
    found = [gain(one, each[1:], 19) for one, each in zip(fusion, scores, strict=True)]
    assert outside(found) <= 0.07
    assert np.mean([each.low > 0 for each in found]) <= 0.02
    selected = [Units(leave_one_out(each[1:]).scores, 19) for each in scores]
    naive = [compare(difference(Units(a, 19), b)) for a, b in zip(fusion, selected, strict=True)]
    assert np.mean([each.p < 0.05 for each in naive]) > 0.1


def test_the_best_of_six_rows_is_far_less_optimistic_without_the_subject_and_its_bounds_hold():
    scores, _ = rows(6, 20, 0.0, 300)
    found = [best_row(each, 19, bounded=True)[0] for each in scores]
    mean, plain = np.mean([each.mean for each in found]), scores.mean(axis=2).max(axis=1).mean()
    assert 0.5 <= mean < 0.5 + (plain - 0.5) / 2
    assert covered(found, 0.5) >= 0.93
    selected = [estimate(Units(leave_one_out(each).scores, 19), bounded=True) for each in scores]
    assert covered(selected, 0.5) < covered(found, 0.5)


# -------------------------------------------------------------------------------------- permutation


@pytest.mark.parametrize(("whole", "low", "high"), [(True, 0.0, 0.1), (False, 0.12, 1.0)])
def test_permuted_trials_rarely_find_what_is_not_there_and_permuted_windows_often_do(whole, low, high):
    random = np.random.default_rng(5)
    subjects, trials, size, features, worlds, permutations = 8, 8, 5, 3, 100, 39
    who = np.repeat(np.arange(subjects), trials * size)
    trial = np.tile(np.repeat(np.arange(trials), size), subjects)
    labels = trial % 2
    found = []
    for _ in range(worlds):
        level = np.repeat(random.normal(0, 2, (subjects * trials, features)), size, axis=0)
        windows = (level + random.normal(size=level.shape)).reshape(subjects, -1, features)
        kind = trial if whole else np.arange(len(who))
        drawn = [labels, *(permute_trials(who, kind, labels, random) for _ in range(permutations))]
        found.append(permutation_p(*scored(windows, np.array(drawn).reshape(-1, subjects, trials * size))))
    assert low <= np.mean(np.array(found) <= 0.05) <= high


def scored(windows, labels):
    """The mean AUROC of models trained on each arrangement of labels, leaving subjects out: the first, and the rest."""
    signs = 2.0 * labels - 1
    differences = np.einsum("psn,snf->psf", signs, windows)
    scores = np.einsum("snf,psf->psn", windows, differences.sum(axis=1, keepdims=True) - differences)
    ranks = scores.argsort(axis=2).argsort(axis=2) + 1
    positives = labels.sum(axis=2)
    area = ((ranks * labels).sum(axis=2) - positives * (positives + 1) / 2) / (positives * (1 - labels).sum(axis=2))
    return area.mean(axis=1)[0], area.mean(axis=1)[1:]
