"""All comparisons of a leaderboard in one table: the top row of each beside the best baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.data.segmentation import Windowing
from bench.leaderboard.columns import NOTHING, columns, in_words, title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.leaderboard.comparison import Comparison, Row


def about(metric: str) -> str:
    """What the table shows."""
    return (
        f"The top row of each comparison (by {in_words(metric)}) beside its best baseline. The top row of many is "
        "partly luck; the conclusions below correct for that."
    )


def names(those: Sequence[Comparison]) -> list[str]:
    """The title of each; where several have the same title, with the aspects in which they differ."""
    found = []
    for each in those:
        twins = [aspects(other) for other in those if other.title == each.title]
        different = [mine for mine, *all_of in zip(aspects(each), *twins, strict=True) if len(set(all_of)) > 1]
        found.append(" · ".join([each.title, *filter(None, different)]))
    return found


def aspects(comparison: Comparison) -> tuple[str, ...]:
    """What can differ between comparisons with the same title."""
    first = comparison.first
    return comparison.preprocessing, Windowing(**first.cell.window).about, first.remark


def overview(comparison: Comparison) -> dict[str, str]:
    """Title -> text of the columns after the name of a comparison."""
    best = next((row for row in comparison.rows if not row.baseline), None)
    baseline = next((row for row in comparison.rows if row.baseline), None)
    metric = title(comparison.metric)
    return {
        "Verdict": comparison.audit.verdict,
        "Top row": name_of(best),
        metric: NOTHING if best is None else columns(best)[metric],
        "Best baseline": name_of(baseline),
        "Its score": NOTHING if baseline is None else columns(baseline)[metric],
        "Beats baselines": NOTHING if best is None else best.beats,
    }


def name_of(row: Row | None) -> str:
    if row is None:
        return NOTHING
    texts = columns(row)
    return " · ".join(text for text in (texts["Model"], texts["Fusion"], texts["Modalities"]) if text != NOTHING)
