"""Two rows that a paper compares, tested against each other over the folds that both have."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from bench.evaluation.intervals import Paired, holm, nadeau_bengio
from bench.leaderboard.pairs import each_fold
from bench.leaderboard.reproduction import Reproduced, identity, protocols

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.api import PaperTable

LEGEND = (
    "Ours: first minus second over the same folds, in points [95 % by the corrected t test]. p: two-tailed, of the\n"
    "paired t test, which takes folds for independent; corrected for their common training data (Nadeau and Bengio);\n"
    "the same adjusted by Holm for all comparisons here."
)


@dataclass(frozen=True)
class Contrast:
    """One metric of two rows."""

    first: Reproduced
    second: Reproduced
    metric: str
    plain: Paired
    corrected: Paired
    adjusted: float  # its p, for as many contrasts as there are

    @property
    def printed(self) -> float:
        """How far the printed numbers are apart, in per cent."""
        return round(self.first.row.printed[self.metric] - self.second.row.printed[self.metric], 4)


def contrasts(table: PaperTable, rows: Sequence[Reproduced]) -> list[Contrast]:
    """What the paper compares, under each protocol, as far as ours have the same windows, folds and seeds."""
    tests = []
    for first, second, metric in matched(table, rows):
        one, other = first.summary, second.summary
        if one and other and one["folds"] > 1 and all(one[name] == other[name] for name in ("comparison", "seeds")):
            apart = each_fold(one, other, metric)
            share = 1 / one["folds"]
            tests.append((first, second, metric, nadeau_bengio(apart, 0), nadeau_bengio(apart, share)))
    adjusted = holm(np.array([test[-1].p for test in tests]))
    return [Contrast(*test, adjusted=float(p)) for test, p in zip(tests, adjusted, strict=True)]


def matched(table: PaperTable, rows: Sequence[Reproduced]) -> Iterator[tuple[Reproduced, Reproduced, str]]:
    found = {each.identity: each for each in rows}
    for (one, other), protocol in product(table.contrasts(), protocols(table)):
        for metric in (name for name in one.printed if name in other.printed):
            yield found[*identity(one), protocol], found[*identity(other), protocol], metric
