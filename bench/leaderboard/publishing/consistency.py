"""What the numbers of a published row say about each other: contradictions show that one of them was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.leaderboard.estimates import estimated
from bench.scoring import metrics
from bench.scoring.intervals import t_interval
from bench.scoring.scoring import scoring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.leaderboard.summary import Summary
    from bench.results.permutation_record import PermutationRecord
    from bench.results.row_record import MetricRecord

ROUNDING = 1e-5  # published numbers have six digits, and the interval over two folds is thirteen times as inexact
LINEAR = ("accuracy", "balanced_accuracy")  # their means over seeds are those of the sum of the confusion matrices


def contradictions(summary: Summary) -> Iterator[str]:
    """One sentence for each number that does not follow from the others."""
    for name, metric in summary.metrics.items():
        yield from of_metric(name, metric, summary)
    if summary.confusion:
        yield from of_confusion(summary)
    yield from of_subjects(summary)
    yield from of_estimates(summary)
    if summary.permutation:
        yield from of_permutation(summary, summary.permutation)


def of_metric(name: str, metric: MetricRecord, summary: Summary) -> Iterator[str]:
    """Mean and interval follow from the folds; the mean of a single seed is that of the folds."""
    for what, values, number in (("folds", metric.folds, summary.n_folds), ("seeds", metric.seed_means, summary.seeds)):
        expected = number if isinstance(number, int) else len(number)
        if len(values) != expected:
            yield f"{name} has values of {len(values)} {what}, and there are {expected}"
    interval = t_interval(np.array(metric.folds, dtype=float))
    for what in ("mean", "low", "high"):
        yield from differing(f"{what} of {name}", getattr(metric, what), "its folds", getattr(interval, what))
    if len(summary.seeds) == 1 and len(metric.seed_means) == 1:
        yield from differing(f"seed mean of {name}", metric.seed_means[0], "its folds", interval.mean)


def of_confusion(summary: Summary) -> Iterator[str]:
    """The confusion matrix gives the metrics of all windows together, and lies between the best and the worst part."""
    counts, classes = summary.confusion or (), len(summary.classes)
    total = sum(map(sum, counts))
    if [len(row) for row in counts] != [classes] * classes or not total or total % len(summary.seeds):
        yield "its confusion matrix does not count the windows of each seed"
        return
    for name, value in metrics.from_confusion(np.array(counts)).items():
        if name in summary.pooled and (len(summary.seeds) == 1 or name in LINEAR):
            yield from differing(f"{name} of all windows", summary.pooled[name], "its confusion matrix", float(value))
    accuracy = sum(row[number] for number, row in enumerate(counts)) / total
    folds, subjects = summary.metrics["accuracy"].folds, [of["accuracy"] for of in summary.subjects.values()]
    for what, values in (("folds", folds), ("subjects", subjects)):
        known = [value for value in values if value is not None]
        if known and not min(known) - ROUNDING <= accuracy <= max(known) + ROUNDING:
            yield f"its confusion matrix gives an accuracy of {accuracy:g}, outside that of its {what}"


def of_subjects(summary: Summary) -> Iterator[str]:
    """Where each fold tests one subject, the scores of folds are those of subjects.

    A row does not say which fold tests whom. So one metric that differs is a contradiction only if all others agree,
    fold by fold, and are not the same in all folds.
    """
    names = [name for name in scoring(summary.classes).headline if all(name in of for of in summary.subjects.values())]
    if len(summary.subjects) != summary.n_folds or (len(summary.seeds) > 1 and not summary.classes):
        return  # r and ccc may be undefined with some seeds, which means of folds and of subjects treat differently
    different = []
    for name in names:
        folds = np.array(summary.metrics[name].folds, dtype=float)
        subjects = np.array([of[name] for of in summary.subjects.values()], dtype=float)
        if not np.allclose(folds, subjects, rtol=0, atol=ROUNDING, equal_nan=True):
            different.append(name)
        elif np.allclose(folds, folds[0], rtol=0, atol=ROUNDING, equal_nan=True):
            return
    if len(different) == 1:
        yield f"{different[0]} of its folds and of its subjects differ, and other metrics do not"


def of_estimates(summary: Summary) -> Iterator[str]:
    """Estimates and their intervals follow from the scores of subjects and stimuli."""
    for name, found in summary.estimates.items():
        computed = estimated(name, summary.subjects, summary.stimuli, summary.design)
        for what in ("mean", "low", "high"):
            value = getattr(computed, what)
            given = "the scores of subjects"
            yield from differing(f"{what} of {name} over subjects", getattr(found, what), given,
                                 np.nan if value is None else value)  # fmt: skip


def of_permutation(summary: Summary, found: PermutationRecord) -> Iterator[str]:
    """The p-value counts permutations, and the score that is compared is that of the row."""
    count = found.permutations + 1
    higher = found.p * count
    if not 0.5 < higher < count + 0.5 or abs(higher - round(higher)) > ROUNDING * count:
        yield f"p of its permutations is {found.p:g}, which {found.permutations} permutations cannot give"
    if found.metric != scoring(summary.classes).leading:
        yield f"its permutations are scored by {found.metric}"
    elif summary.seeds == (found.seed,):
        scores = np.array([of.get(found.metric) for of in summary.subjects.values()], dtype=float)
        mean = float(scores[~np.isnan(scores)].mean()) if not np.isnan(scores).all() else np.nan
        yield from differing("the score of its permutations", found.score, "the scores of subjects", mean)


def differing(what: str, published: float | None, source: str, computed: float) -> Iterator[str]:
    """A sentence if a published number is not the one that is computed; none stands for what is not finite."""
    if published is None or not np.isfinite(computed):
        if published is not None or np.isfinite(computed):
            yield f"{what} is {published}, and {source} give {computed:g}"
    elif abs(published - computed) > ROUNDING:
        yield f"{what} is {published:g}, and {source} give {computed:g}"
