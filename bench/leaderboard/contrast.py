"""Tests between two rows that a paper compares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from bench.leaderboard.estimates import difference
from bench.leaderboard.reproduction import Reproduced, identity, protocols
from bench.scoring.intervals import Paired, holm, paired_t
from bench.scoring.scoring import sign
from bench.scoring.variance import FEWEST_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.api.papers import PaperTable
    from bench.leaderboard.summary import Summary
    from bench.scoring.comparisons import Difference
    from bench.scoring.intervals import Interval

LEGEND = (
    "Ours: first minus second over subjects, in points [95 %]. p: of the two-tailed paired t test over folds, as in\n"
    "papers, which assumes independent folds; over subjects, corrected for shared training data; the latter adjusted\n"
    "for all comparisons here (Holm)."
)


@dataclass(frozen=True)
class Contrast:
    """One metric of two rows."""

    first: Reproduced
    second: Reproduced
    metric: str
    plain: Paired
    corrected: Difference
    adjusted: float  # the corrected p, adjusted for the number of contrasts

    @property
    def sure(self) -> bool:
        """Whether there are enough subjects for a p."""
        return self.corrected.estimate.n >= FEWEST_UNITS

    @property
    def ours(self) -> Interval:
        """First minus second, also where lower is better."""
        found = self.corrected.estimate
        return found if sign(self.metric) > 0 else replace(found, mean=-found.mean, low=-found.high, high=-found.low)

    @property
    def printed(self) -> float | None:
        """The difference between the printed numbers, in per cent; None where a row is ours alone."""
        one, other = (each.row.printed.get(self.metric) for each in (self.first, self.second))
        return None if one is None or other is None else round(one - other, 4)


def contrasts(table: PaperTable, rows: Sequence[Reproduced]) -> list[Contrast]:
    """What the paper compares, under each protocol, where our rows share windows, folds and seeds."""
    tests = []
    for first, second, metric in matched(table, rows):
        one, other = first.summary, second.summary
        if one and other and one.n_folds > 1 and one.seeds == other.seeds and same_windows(one, other):
            folds = np.array(one.metrics[metric].folds, float) - np.array(other.metrics[metric].folds, float)
            tests.append((first, second, metric, paired_t(folds), difference(one, other, metric)))
    adjusted = holm(np.array([test[-1].p for test in tests]))
    return [Contrast(*test, adjusted=float(p)) for test, p in zip(tests, adjusted, strict=True)]


def same_windows(one: Summary, other: Summary) -> bool:
    """Whether the folds of both test the same windows, by their digest, or by the comparison in older results."""
    tested = one.test_windows
    return bool(one.comparison == other.comparison or (tested and tested == other.test_windows))


def matched(table: PaperTable, rows: Sequence[Reproduced]) -> Iterator[tuple[Reproduced, Reproduced, str]]:
    found = {each.identity: each for each in reversed(rows)}  # the first of several readings
    for (one, other), protocol in product(table.contrasts(), protocols(table)):
        for metric in (name for name in one.printed if name in (other.printed or one.printed)):
            yield found[*identity(one), protocol], found[*identity(other), protocol], metric
