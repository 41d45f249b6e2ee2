"""Comparisons of the same data under folds that share what they should not, beside folds that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.leaderboard.columns import title, with_interval
from bench.leaderboard.pages.forest import name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.leaderboard.comparison import Comparison


def twins(every: Sequence[Comparison]) -> list[dict[str, str]]:
    """Title -> text: the best row under leaky folds, and the same row under others."""
    found = []
    for loose in every:
        for strict in every:
            if loose.audit.verdict != "leaky" or strict.audit.verdict == "leaky" or data(loose) != data(strict):
                continue
            best = next((row for row in loose.rows if not row.baseline), None)
            same = best and next((row for row in strict.rows if name_of(row) == name_of(best)), None)
            if best and same:
                metric = title(loose.metric)
                found.append(
                    {
                        "Data": loose.first.dataset,
                        "Row": name_of(best),
                        "Leaky folds": loose.first.protocol,
                        metric: with_interval(best.summary, loose.metric),
                        "Strict folds": strict.first.protocol,
                        f"{metric} there": with_interval(same.summary, loose.metric),
                    }
                )
    return found


def data(comparison: Comparison) -> tuple[str, ...]:
    return comparison.first.dataset, comparison.first.target, comparison.metric
