"""The statistics of a leaderboard: 2,000 rows in 100 comparisons, 100,000 results of folds.

Ours: intervals, gains, comparisons with baselines and tests of pairs, by the functions of the pages. Theirs: a
loop over the same rows and pairs with SciPy, as usually written: a t interval, a paired t test and Wilcoxon's test.
"""

from dataclasses import replace
from itertools import combinations

import numpy as np
from scipy import stats
from sizes import pick

from bench.cells.cell import Cell, Choice
from bench.leaderboard.comparison import comparisons
from bench.leaderboard.conclusion import conclusion
from bench.leaderboard.estimates import estimates
from bench.leaderboard.pairs import pairs
from bench.leaderboard.summary import Summary
from bench.results.cell_record import AuditRecord
from bench.results.row_record import MetricRecord

COMPARISONS, SUBJECTS = pick(100, 2), pick(50, 5)
METRICS = ("auroc", "balanced_accuracy", "accuracy")
MODELS, FUSIONS, SINGLES = ("logistic", "svm", "forest"), ("early", "feature", "late", "stacking"), ("ecg", "eda")
BASELINES = ("prior", "time-in-session")  # with three models and six rows of each: 20 rows


def rows():
    """Summaries without what intervals and tests give."""
    random = np.random.default_rng(0)
    parts = {kind: Choice(kind, kind) for kind in ("dataset", "fusion", "protocol")}
    found = []
    for number in range(COMPARISONS):
        kinds = [(model, fusion, SINGLES) for model in MODELS for fusion in FUSIONS]
        kinds += [(model, "none", (name,)) for model in MODELS for name in SINGLES]
        kinds += [(model, "none", ()) for model in BASELINES]
        level = random.normal(0.75, 0.1, SUBJECTS)  # some subjects are easier, for all rows
        for place, (model, fusion, modalities) in enumerate(kinds):
            shift = 0.1 if modalities else -0.2
            values = np.clip(level + shift + random.normal(0, 0.05, (len(METRICS), SUBJECTS)), 0, 1)
            scores = {f"S{subject:02d}": dict(zip(METRICS, map(float, values[:, subject]), strict=True))
                      for subject in range(SUBJECTS)}  # fmt: skip
            cell = Cell(**parts, model=Choice("model", model), target="stress", modalities=modalities,
                        required_modalities=SINGLES, steps=(), features=None, window={}, profile="small")  # fmt: skip
            folds = {name: MetricRecord(float(each.mean()), None, None, tuple(each), (float(each.mean()),))
                     for name, each in zip(METRICS, values, strict=True)}  # fmt: skip
            found.append(Summary(
                comparison=f"{number:016d}", dataset=f"data-{number}", target="stress", protocol="loso", simulated=True,
                classes=("calm", "stressed"), n_subjects=SUBJECTS, n_windows=256, n_folds=SUBJECTS,
                key=f"{number:08d}{place:08d}", model=model, fusion=fusion, cell=cell, baseline=not modalities,
                audit=AuditRecord("clean", ()), seeds=(0,), metrics=folds, chance=None, pooled={}, subjects=scores,
                confusion=None, parameters=None, train_seconds=None, device="cpu"))  # fmt: skip
    return found


def ours(summaries):
    known = [replace(each, estimates=estimates(each.subjects, {}, None)) for each in summaries]
    found = comparisons(known)
    return [(comparison, [pair.columns for pair in pairs(comparison)], conclusion(comparison)) for comparison in found]


def both_tests(one, other):
    stats.ttest_rel(one, other)
    if (one != other).any():
        stats.wilcoxon(one, other)


def theirs(summaries):
    """Per row an interval of each metric, tests against each baseline and each single modality; per pair both tests."""
    grouped = {}
    for each in summaries:
        grouped.setdefault(each.comparison, []).append(each)
    for members in grouped.values():
        scores = {each.key: np.array([[of[name] for of in each.subjects.values()] for name in METRICS])
                  for each in members}  # fmt: skip
        for each in members:
            for values in scores[each.key]:
                stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
            mine = scores[each.key][0]
            for other in members:
                single = len(other.cell.modalities) == 1 and other.model == each.model and len(each.cell.modalities) > 1
                if (other.baseline and not each.baseline) or single:
                    both_tests(mine, scores[other.key][0])
        for model in MODELS:
            fused = [each for each in members if each.model == model and len(each.cell.modalities) > 1]
            for one, other in combinations(fused, 2):
                both_tests(scores[one.key][0], scores[other.key][0])


def test_statistics_of_a_leaderboard(ratio):
    summaries = rows()
    assert sum(len(each.metrics["auroc"].folds) for each in summaries) == COMPARISONS * 20 * SUBJECTS
    found = ours(summaries)
    assert [len(each) for _, each, _ in found] == [18] * COMPARISONS
    ratio(lambda: ours(summaries), lambda: theirs(summaries), rounds=1)  # theirs takes half a minute
