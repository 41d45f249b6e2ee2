"""How often intervals contain the truth and tests find what is not there, in the worlds of docs/simulations.py."""

import re
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from bench.scoring.intervals import t_interval
from bench.scoring.permutation import permutation_p, permute_trials
from bench.scoring.selection import best_row, leave_one_out
from bench.scoring.variance import Units, estimate

sys.path.insert(0, str(Path(__file__).parent.parent / "docs"))

import evaluations
import simulations
import worlds
from evaluations import Folds, Null, covered
from worlds import accuracy, auroc, crossed

DOCS = Path(__file__).parent.parent / "docs"
CASES = [Folds(10, 10), Folds(20, 20), Folds(20, 5), Folds(20, 5, 5), Folds(20, 1)]


@cache
def evaluated(folds, effect, count):
    return evaluations.evaluated(folds, effect, count)


def check_coverage(folds, effect, count):
    value = worlds.truths(folds.trained, effect, folds.features)
    for metric, (scores, means) in evaluated(folds, effect, count).items():
        found = covered(evaluations.intervals(scores, folds.trained, metric), value[metric])
        assert found >= 0.93
        assert found <= 0.997 or not effect  # without an effect, only intervals above chance can miss
        old = covered(map(t_interval, means), value[metric])
        assert old < found - 0.02
        if folds.repeats > 1:  # repeats counted as further folds
            assert old < 0.65


@pytest.mark.parametrize("effect", [0.0, 1.0])
@pytest.mark.parametrize("folds", CASES, ids=str)
def test_the_interval_covers_the_truth_and_the_old_one_over_folds_does_less(folds, effect):
    check_coverage(folds, effect, 250)


@pytest.mark.slow
@pytest.mark.parametrize("effect", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("folds", [*CASES, Folds(40, 40), Folds(40, 5), Folds(40, 1)], ids=str)
def test_the_interval_covers_the_truth_in_many_larger_worlds(folds, effect):
    check_coverage(folds, effect, 4000)


@pytest.mark.parametrize("features", [1, 2])
def test_with_few_features_and_no_effect_intervals_would_miss_below_chance_if_they_did_not_reach_it(features):
    scores, _ = evaluated(Folds(20, 20, features=features), 0.0, 250)["auroc"]
    plain = [estimate(Units(each, 19), bounded=True) for each in scores]
    assert np.mean([each.high < 0.5 for each in plain]) > 0.05
    assert np.mean([each.low > 0.5 for each in plain]) < 0.025
    assert covered(evaluations.intervals(scores, 19), 0.5) > 0.975


def test_the_truth_of_a_holdout_is_the_mean_over_many_worlds():
    scores = evaluated(Folds(20, 1), 0.5, 500)
    for metric, value in worlds.truths(10, 0.5).items():
        means = scores[metric][0].mean(axis=1)
        assert abs(means.mean() - value) < 4 * means.std() / np.sqrt(len(means))


# ------------------------------------------------------------- subjects and stimuli both held out


@cache
def unseen(effect, count=100, seed=1):
    return crossed(np.random.default_rng(seed), count, 10, 10, effect)


@pytest.mark.parametrize("effect", [0.0, 0.7])
def test_where_stimuli_are_held_out_too_both_variances_are_needed(effect):
    found, value = unseen(effect), unseen(effect, 200, seed=2).by_subject(accuracy).mean()
    assert covered(evaluations.of_crossed(found, "accuracy"), value) >= 0.93
    assert covered((estimate(Units(each, 8), bounded=True) for each in found.by_subject(accuracy)), value) < 0.8


@pytest.mark.parametrize("effect", [0.0, 0.7])
def test_a_stimulus_of_one_class_has_no_auroc_but_counts_in_the_interval_of_auroc(effect):
    found, value = unseen(effect), unseen(effect, 200, seed=2).by_subject(auroc).mean() if effect else 0.5
    assert covered(evaluations.of_crossed(found, "auroc"), value) >= 0.93
    assert covered((estimate(Units(each, 8), bounded=True) for each in found.by_subject(auroc)), value) < 0.8


# ---------------------------------------------------------------------- differences and selection


@cache
def rows(null, count, shared=False):
    return evaluations.rows(null.draw(count)[0], shared=shared)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("null", [Null("no effect", 10), Null("one feature", 20, 1)], ids=str)
def test_rows_that_are_worth_nothing_rarely_differ_and_gain_nothing(null, shared):
    scores = rows(null, 80, shared)
    assert np.mean([each.p < 0.05 for each in evaluations.pairs_of(scores)]) <= 0.05
    gains = evaluations.gains_of(scores)
    assert np.mean([each.low > 0 or each.high < 0 for each in gains]) <= 0.05


def test_at_chance_tests_of_the_difference_alone_find_too_much_and_those_over_independent_subjects_still_more():
    plain = evaluations.alone(rows(Null("one feature", 20, 1), 150))
    assert np.mean([each.p < 0.05 for each in plain]) > 0.1
    six = evaluations.alone(rows(Null("no effect", 20), 150))
    assert np.mean([each.p < 0.05 for each in six]) < np.mean([each.wilcoxon < 0.05 for each in six]) - 0.05


def test_a_fusion_of_nothing_seems_to_differ_from_the_selected_rows():
    """Why bounds of gains do not rest on the selection."""
    modalities, _ = Null("no effect", 20).draw(150)
    fused = evaluations.leave_one_out(modalities[1].joined(modalities[2]))
    selected = np.stack([leave_one_out(each[1:]).scores for each in rows(Null("no effect", 20), 150)])
    naive = evaluations.alone(np.stack([fused, selected], axis=1))
    assert np.mean([each.p < 0.05 for each in naive]) > 0.1


def test_the_best_of_six_rows_is_far_less_optimistic_without_the_subject_and_its_bounds_hold():
    scores = np.concatenate(
        [evaluations.rows(Null("", 20).draw(120, seed)[0], shared=False) for seed in (3, 4)], axis=1
    )
    found = [best_row(each, 19, bounded=True)[0] for each in scores]
    mean, plain = np.mean([each.mean for each in found]), scores.mean(axis=2).max(axis=1).mean()
    assert 0.5 <= mean < 0.5 + (plain - 0.5) / 2
    assert covered(found, 0.5) >= 0.93
    selected = [estimate(Units(leave_one_out(each).scores, 19), bounded=True) for each in scores]
    assert covered(selected, 0.5) < covered(found, 0.5)


def test_relative_time_keeps_a_drift_from_beating_baselines():
    modalities, when = Null("time", 10, timed=True).draw(25)
    scores, simple = evaluations.rows(modalities, shared=True), evaluations.baselines(when)
    assert sum(evaluations.beating(scores, simple)) == 0
    assert sum(evaluations.beating(scores, simple[:, :2])) > 2


def test_the_command_prints_the_tables_of_the_page(capsys, monkeypatch):
    """With one world, and so with the titles and lines of the page alone."""
    monkeypatch.setattr(sys, "argv", ["simulations.py", "--worlds", "1"])
    simulations.main()
    assert outline(capsys.readouterr().out) == outline((DOCS / "statistics.md").read_text(encoding="utf-8"))


def outline(text):
    """The header of each table, and the first cells of its lines."""
    lines = [line for line in text.splitlines() if re.match(r"\| (?!-)", line)]
    return [re.split(r" *\| *", line)[1 : None if "AUROC" in line or "Pairs" in line else 2] for line in lines]


# -------------------------------------------------------------------------------------- permutation


@pytest.mark.parametrize(("whole", "low", "high"), [(True, 0.0, 0.1), (False, 0.12, 1.0)])
def test_permuted_trials_rarely_find_what_is_not_there_and_permuted_windows_often_do(whole, low, high):
    random = np.random.default_rng(5)
    subjects, trials, size, features, worlds, permutations = 8, 8, 5, 3, 30, 39
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
