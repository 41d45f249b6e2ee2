"""Fusions of one model over several data sets: mean ranks, and which of them differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.leaderboard.columns import in_words, searched
from bench.leaderboard.comparison import worth
from bench.scoring.ranks import FEWEST, Ranking, ranking

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.leaderboard.comparison import Comparison, Row

    Group = tuple[
        str, str, str, bool, str
    ]  # model with its search, protocol, profile, whether data are simulated, metric


@dataclass(frozen=True)
class Ranked:
    """The fusions of one model that were run on the same data sets."""

    title: str
    datasets: tuple[str, ...]
    fusions: tuple[str, ...]
    ranking: Ranking

    @property
    def columns(self) -> list[dict[str, str]]:
        """Title -> text of each fusion, the best first."""
        order = np.argsort(self.ranking.mean_ranks, kind="stable").tolist()
        return [
            {"Fusion": self.fusions[row], "Mean rank": f"{self.ranking.mean_ranks[row]:.2f}", "Same as": self.near(row)}
            for row in order
        ]

    def near(self, row: int) -> str:
        """The fusions that the test does not tell from this one."""
        same = {other for group in self.ranking.groups if row in group for other in group} - {row}
        return ", ".join(self.fusions[other] for other in sorted(same)) or "none"

    @property
    def legend(self) -> str:
        found = self.ranking
        return (
            f"{self.title}, over {len(self.datasets)} data sets ({', '.join(self.datasets)}). Friedman's test: "
            f"p = {found.p:.3f}. Mean ranks further apart than {found.critical_difference:.2f} differ significantly "
            "(Nemenyi); 'same as' lists those that do not."
        )


def ranked(comparisons: Iterable[Comparison]) -> list[Ranked]:
    """One for each model that was run with three fusions or more on three data sets or more."""
    scores: dict[Group, dict[str, dict[str, float]]] = {}
    for comparison in comparisons:
        for row in comparison.rows:
            if not row.baseline and len(row.summary.cell.modalities) > 1:
                of_dataset = scores.setdefault(group(row), {}).setdefault(row.summary.cell.dataset.name, {})
                of_dataset.setdefault(row.summary.fusion, worth(row.summary, row.metric))
    found = []
    for (model, protocol, profile, simulated, metric), by_dataset in sorted(scores.items()):
        fusions = sorted(set.intersection(*map(set, by_dataset.values())))
        if len(by_dataset) >= FEWEST and len(fusions) >= FEWEST:
            table = np.array([[of_dataset[name] for name in fusions] for of_dataset in by_dataset.values()])
            kind = "simulated data" if simulated else "real recordings"
            title = f"{model} under {protocol}, profile {profile}, {kind}, by {in_words(metric)}"
            found.append(Ranked(title, tuple(by_dataset), tuple(fusions), ranking(table)))
    return found


def group(row: Row) -> Group:
    summary = row.summary
    return searched(summary), summary.protocol, summary.cell.profile, summary.simulated, row.metric
