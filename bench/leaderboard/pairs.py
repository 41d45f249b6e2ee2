"""Pairs of rows that differ in one thing, with tests of the difference."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from bench.leaderboard.columns import NOTHING, gain, leading
from bench.leaderboard.comparison import each_fold, each_subject
from bench.scoring.intervals import Paired, holm, nadeau_bengio, paired
from bench.scoring.scoring import sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.leaderboard.comparison import Comparison, Row
    from bench.leaderboard.summary import Summary

TESTS = (
    "p of Wilcoxon's signed-rank test over subjects, the same adjusted by Holm for all pairs here, and p of the "
    "corrected t test over folds (Nadeau and Bengio)."
)
LEGENDS = {
    "classes": f"Accuracy of the first minus that of the second [95 %]; {TESTS}",
    "numbers": f"RMSE of the second minus that of the first, so that more is better [95 %]; {TESTS}",
}
FUSIONS, PRETRAINING = "Fusions in pairs", "Pre-trained against not"


@dataclass(frozen=True)
class Pair:
    """Two rows of a comparison."""

    first: Row
    second: Row
    subjects: Paired
    adjusted: float  # p over subjects, adjusted for the number of pairs
    folds: Paired

    @property
    def columns(self) -> dict[str, str]:
        """Title -> text, where the fusion differs."""
        first, second = self.first.summary, self.second.summary
        return {"Model": first.model, "Fusion": first.fusion, "Against": second.fusion, **self.tests}

    @property
    def columns_of_pretraining(self) -> dict[str, str]:
        """Title -> text, where the second row starts from random weights."""
        first = self.first.summary
        modalities = "+".join(first.cell.modalities)
        return {"Model": first.model, "Fusion": first.fusion, "Modalities": modalities, **self.tests}

    @property
    def tests(self) -> dict[str, str]:
        return {
            "Difference": gain(self.subjects.interval, leading(self.first.summary)),
            "p": probability(self.subjects.p),
            "p (Holm)": probability(self.adjusted),
            "p (folds)": probability(self.folds.p),
        }


def tables(comparison: Comparison) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Title and rows of each table of pairs that has some."""
    fusions = [pair.columns for pair in pairs(comparison)]
    twins = [pair.columns_of_pretraining for pair in pretrained(comparison)]
    yield from ((title, found) for title, found in ((PRETRAINING, twins), (FUSIONS, fusions)) if found)


def pairs(comparison: Comparison) -> list[Pair]:
    """All pairs of rows with the same model and the same modalities, two or more."""
    fused = [row for row in comparison.rows if len(row.summary.cell.modalities) > 1]
    return tested([(one, other) for one, other in combinations(fused, 2) if same(one.summary, other.summary)])


def pretrained(comparison: Comparison) -> list[Pair]:
    """Each pre-trained row with the one that differs from it in nothing else."""
    pretrained_rows = [row for row in comparison.rows if sources(row.summary)]
    plain = [row for row in comparison.rows if not sources(row.summary)]
    return tested([(one, other) for one, other in product(pretrained_rows, plain) if twins(one.summary, other.summary)])


def tested(found: list[tuple[Row, Row]]) -> list[Pair]:
    """With the tests of all of them."""
    subjects = [paired(*each_subject(one.summary, other.summary, leading(one.summary))) for one, other in found]
    folds = [nadeau_bengio(better(one, other), 1 / one.summary.n_folds) for one, other in found
             if one.summary.n_folds > 1]  # fmt: skip
    folds = folds or [Paired(test.interval, np.nan) for test in subjects]
    adjusted = holm(np.array([test.p for test in subjects]))
    return [
        Pair(one, other, subject, float(p), fold)
        for (one, other), subject, p, fold in zip(found, subjects, adjusted, folds, strict=True)
    ]


def better(one: Row, other: Row) -> np.ndarray:
    """By how much the first is better, fold by fold."""
    metric = leading(one.summary)
    return np.asarray(sign(metric) * each_fold(one.summary, other.summary, metric))


def same(one: Summary, other: Summary) -> bool:
    """Whether rows differ in their fusion alone."""

    def rest(summary: Summary) -> tuple[object, ...]:
        return summary.model, summary.cell.modalities, summary.cell.search, summary.seeds

    return rest(one) == rest(other)


def sources(summary: Summary) -> tuple[object, ...]:
    """The data sets and weight files that its networks were pre-trained on."""
    return *summary.cell.corpora, *summary.cell.weights


def twins(one: Summary, other: Summary) -> bool:
    """Whether rows differ in their pre-training alone."""
    names = ("model", "fusion", "modalities", "search", "engine", "profile")
    return one.seeds == other.seeds and all(getattr(one.cell, name) == getattr(other.cell, name) for name in names)


def probability(p: float) -> str:
    if np.isnan(p):
        return NOTHING
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
