"""All comparisons of a leaderboard at a glance: the best row of each beside the best baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.data.segmentation import Windowing
from bench.leaderboard.columns import NOTHING, TITLES, columns, counted
from bench.scoring.scoring import scoring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.leaderboard.comparison import Comparison, Row

LEGEND = (
    "Each comparison with its best row, by accuracy (of numbers: by RMSE), beside its best baseline. The best of many "
    "rows is high by luck as well: what a comparison says stands below."
)


def names(those: Sequence[Comparison]) -> list[str]:
    """The title of each, and where several have the same, what tells them apart."""
    named = []
    for each in those:
        twins = [aspects(other) for other in those if other.title == each.title]
        told = [mine for mine, *all_of in zip(aspects(each), *twins, strict=True) if len(set(all_of)) > 1]
        named.append(" · ".join([each.title, *filter(None, told)]))
    return named


def aspects(comparison: Comparison) -> tuple[str, ...]:
    """What can differ under one title, in words."""
    first = comparison.first
    return comparison.preprocessing, Windowing(**first["cell"]["window"]).about, first.get("remark", "")


def overview(comparison: Comparison) -> dict[str, str]:
    """Title -> text of what follows the name of a comparison."""
    first = comparison.first
    best = next((row for row in comparison.rows if not row.baseline), None)
    baseline = next((row for row in comparison.rows if row.baseline), None)
    leading = TITLES[scoring(first["classes"]).leading]
    return {
        "Data": counted(first["people"], "simulated person" if first["simulated"] else "person"),
        "Verdict": comparison.audit["verdict"],
        "Best row": named(best),
        leading: NOTHING if best is None else columns(best)[leading],
        "Best baseline": named(baseline),
        "Its score": NOTHING if baseline is None else columns(baseline)[leading],
        "Beats baselines": NOTHING if best is None else best.beats,
    }


def named(row: Row | None) -> str:
    if row is None:
        return NOTHING
    told = columns(row)
    return " · ".join(text for text in (told["Model"], told["Fusion"], told["Modalities"]) if text != NOTHING)
