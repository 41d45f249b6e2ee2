"""Pairs of rows that differ in one thing, with tests of the difference."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from bench.leaderboard.columns import NOTHING, format_value, gain, probability, searched, title
from bench.leaderboard.comparison import alike
from bench.leaderboard.estimates import difference
from bench.scoring.comparisons import ROPE, Difference, detectable, posterior, wilcoxon_can_reach
from bench.scoring.intervals import holm
from bench.scoring.scoring import chance_level, in_per_cent, sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.leaderboard.comparison import Comparison, Row
    from bench.leaderboard.summary import Summary

FUSIONS, PRETRAINING = "Fusions in pairs", "Pre-trained against not"
UNREACHABLE = "cannot reach 5 %"
ALPHA = 0.05


@dataclass(frozen=True)
class Pair:
    """Two rows of a comparison."""

    first: Row
    second: Row
    test: Difference
    adjusted: float  # p, adjusted for the family: the pairs of one model on one set of modalities
    family: int  # the number of pairs in it

    @property
    def columns(self) -> dict[str, str]:
        """Title -> text, where the fusion differs."""
        first, second = self.first.summary, self.second.summary
        return {"Model": searched(first), "Fusion": first.fusion, "Against": second.fusion, **self.tests}

    @property
    def columns_of_pretraining(self) -> dict[str, str]:
        """Title -> text, where the second row starts from random weights."""
        first = self.first.summary
        modalities = "+".join(first.cell.modalities)
        return {"Model": searched(first), "Fusion": first.fusion, "Modalities": modalities, **self.tests}

    @property
    def tests(self) -> dict[str, str]:
        found, metric = self.test.estimate, self.first.metric
        sure = np.isfinite(self.test.p)
        reach = wilcoxon_can_reach(found.n, self.family, ALPHA)
        texts = {
            "Difference": gain(found, metric),
            "p (Holm)": probability(self.adjusted),
            "d_z": f"{self.test.effect_size:.2f}" if np.isfinite(self.test.effect_size) else NOTHING,
        }
        if in_per_cent(metric):
            texts["Better by > 1 point"] = f"{100 * posterior(found).better:.0f} %" if sure else NOTHING
            texts["Detectable"] = f"{100 * detectable(found):.1f}" if sure and found.error else NOTHING
        return texts | {"Wilcoxon": probability(self.test.wilcoxon) if reach else UNREACHABLE}


def legend(comparison: Comparison) -> str:
    """What the columns of pairs mean."""
    metric, per_cent = comparison.metric, in_per_cent(comparison.metric)
    one, other = ("second", "first") if sign(metric) < 0 else ("first", "second")
    practical = (
        f" Better by > {100 * ROPE:.0f} point: its probability (Bayesian correlated t test). Detectable: the smallest "
        "difference in points that these subjects would show with a power of 80 %."
    )
    above = "" if chance_level(metric) is None else ", or that of the better row against chance where it is larger"
    return (
        f"{title(metric)} of the {one} minus that of the {other} [95 %], over subjects. p: corrected t test{above}, "
        "adjusted by Holm for the pairs of one model on the same modalities. d_z: mean difference in standard "
        f"deviations.{practical if per_cent else ''} Wilcoxon: p of the signed-rank test, which assumes independent "
        "subjects; no verdict rests on it."
    )


def tables(comparison: Comparison) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Title and rows of each table of pairs that has some."""
    fusions = [pair.columns for pair in pairs(comparison)]
    twins = [pair.columns_of_pretraining for pair in pretrained(comparison)]
    yield from ((name, found) for name, found in ((PRETRAINING, twins), (FUSIONS, fusions)) if found)


def grids(comparison: Comparison) -> list[list[dict[str, str]]]:
    """The differences of each family of three rows or more as a square: the row's fusion minus the column's."""
    families: dict[tuple[str, ...], list[Pair]] = {}
    for pair in pairs(comparison):
        first = pair.first.summary
        families.setdefault((searched(first), *first.cell.modalities), []).append(pair)
    return [square(found) for found in families.values() if len(found) > 1]


def square(found: list[Pair]) -> list[dict[str, str]]:
    metric = found[0].first.metric
    names = list(dict.fromkeys(row.summary.fusion for pair in found for row in (pair.first, pair.second)))
    texts = {}
    for pair in found:
        mean = sign(metric) * pair.test.estimate.mean
        sure = "*" if pair.adjusted < ALPHA else ""
        one, other = pair.first.summary.fusion, pair.second.summary.fusion
        texts[one, other] = format_value(mean, metric, "+") + sure
        texts[other, one] = format_value(-mean, metric, "+") + sure
    corner = searched(found[0].first.summary)
    return [{corner: one, **{other: texts.get((one, other), NOTHING) for other in names}} for one in names]


def pairs(comparison: Comparison) -> list[Pair]:
    """All pairs of rows with the same model and the same modalities, two or more."""
    fused = [row for row in comparison.rows if len(row.summary.cell.modalities) > 1]
    families: dict[tuple[object, ...], list[Row]] = {}
    for row in fused:
        families.setdefault((*alike(row.summary), row.summary.cell.modalities), []).append(row)
    return [pair for rows in families.values() for pair in tested(list(combinations(rows, 2)))]


def pretrained(comparison: Comparison) -> list[Pair]:
    """Each pre-trained row with the one that differs from it in nothing else."""
    pretrained_rows = [row for row in comparison.rows if sources(row.summary)]
    plain = [row for row in comparison.rows if not sources(row.summary)]
    return tested([(one, other) for one, other in product(pretrained_rows, plain) if twins(one.summary, other.summary)])


def tested(found: list[tuple[Row, Row]]) -> list[Pair]:
    """With the tests of one family."""
    tests = [difference(one.summary, other.summary, one.metric) for one, other in found]
    adjusted = holm(np.array([test.p for test in tests]))
    return [
        Pair(one, other, test, float(p), len(found))
        for (one, other), test, p in zip(found, tests, adjusted, strict=True)
    ]


def sources(summary: Summary) -> tuple[object, ...]:
    """The data sets and weight files that its networks were pre-trained on."""
    return *summary.cell.corpora, *summary.cell.weights


def twins(one: Summary, other: Summary) -> bool:
    """Whether rows differ in their pre-training alone."""
    names = ("model", "fusion", "modalities", "search", "objective", "searching", "engine", "profile", "features",
             "scalings", "calibrate")  # fmt: skip
    return all(getattr(one.cell, name) == getattr(other.cell, name) for name in names)
