"""Rows in pairs that differ in one thing: by how much, and how likely that is if they do not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from bench.leaderboard.columns import NOTHING, gain
from bench.leaderboard.comparison import each_fold, each_person
from bench.scoring.intervals import Paired, holm, nadeau_bengio, paired
from bench.scoring.scoring import scoring, sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.leaderboard.comparison import Comparison, Row, Summary

TESTS = (
    "p of Wilcoxon's signed-rank test over people, the same adjusted by Holm for all pairs here, and p of the "
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
    people: Paired
    adjusted: float  # its p, for as many pairs as there are
    folds: Paired

    @property
    def columns(self) -> dict[str, str]:
        """Title -> text, where the fusion differs."""
        names = [row.summary["labels"]["fusion"] for row in (self.first, self.second)]
        return {"Model": self.first.summary["labels"]["model"], "Fusion": names[0], "Against": names[1], **self.tests}

    @property
    def columns_of_pretraining(self) -> dict[str, str]:
        """The same where the second row has begun with random weights."""
        labels, cell = self.first.summary["labels"], self.first.summary["cell"]
        modalities = "+".join(cell["modalities"])
        return {"Model": labels["model"], "Fusion": labels["fusion"], "Modalities": modalities, **self.tests}

    @property
    def tests(self) -> dict[str, str]:
        return {
            "Difference": gain(self.people.interval, leading(self.first)),
            "p": probability(self.people.p),
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
    fused = [row for row in comparison.rows if len(row.summary["cell"]["modalities"]) > 1]
    return tested([(one, other) for one, other in combinations(fused, 2) if same(one.summary, other.summary)])


def pretrained(comparison: Comparison) -> list[Pair]:
    """Each pre-trained row with the one that differs from it in nothing else."""
    begun = [row for row in comparison.rows if before(row.summary)]
    plain = [row for row in comparison.rows if not before(row.summary)]
    return tested([(one, other) for one, other in product(begun, plain) if twins(one.summary, other.summary)])


def tested(found: list[tuple[Row, Row]]) -> list[Pair]:
    """With the tests of all of them."""
    people = [paired(*each_person(one.summary, other.summary, leading(one))) for one, other in found]
    folds = [nadeau_bengio(better(one, other), 1 / one.summary["folds"]) for one, other in found
             if one.summary["folds"] > 1]  # fmt: skip
    folds = folds or [Paired(test.interval, np.nan) for test in people]
    adjusted = holm(np.array([test.p for test in people]))
    return [
        Pair(one, other, person, float(p), fold)
        for (one, other), person, p, fold in zip(found, people, adjusted, folds, strict=True)
    ]


def leading(row: Row) -> str:
    """The metric that rows are compared by."""
    return scoring(row.summary["classes"]).leading


def better(one: Row, other: Row) -> np.ndarray:
    """By how much the first is better, fold by fold."""
    return np.asarray(sign(leading(one)) * each_fold(one.summary, other.summary, leading(one)))


def same(one: Summary, other: Summary) -> bool:
    """Whether rows differ in their fusion alone."""

    def rest(summary: Summary) -> tuple[object, ...]:
        cell = summary["cell"]
        return summary["labels"]["model"], cell["modalities"], cell["search"], summary["seeds"]

    return rest(one) == rest(other)


def before(summary: Summary) -> tuple[object, ...]:
    """What its networks have learnt from before labels; of results from before there was any, nothing is said."""
    return *summary["cell"].get("corpora", ()), *summary["cell"].get("weights", ())


def twins(one: Summary, other: Summary) -> bool:
    """Whether rows differ in that alone."""
    names = ("model", "fusion", "modalities", "search", "engine", "profile")
    return one["seeds"] == other["seeds"] and all(one["cell"].get(name) == other["cell"].get(name) for name in names)


def probability(p: float) -> str:
    if np.isnan(p):
        return NOTHING
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
