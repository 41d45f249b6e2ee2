"""Titles, notes and axis labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.cli.plot.results.pictures.labels import fused
from bench.leaderboard.columns import counted, in_words
from bench.leaderboard.conclusion import known_subjects
from bench.scoring.scoring import in_per_cent, sign

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.cli.plot.results.selection import Selection
    from bench.leaderboard.comparison import Row

SIMULATED = "Simulated data"


def title(selection: Selection) -> str:
    """The comparison, and whether subjects are simulated."""
    return selection.title + (f"\n{SIMULATED}" if selection.comparison.first.simulated else "")


def note(selection: Selection, first: str, *more: str) -> str:
    """Sentences about what is drawn, then about its limits."""
    rows, whole = selection.rows, selection.comparison
    found = [first, *more]
    kinds = fused(rows)
    if len(kinds) == 1:
        *others, last = kinds[0]
        found.append(f"Fusions are of {', '.join(others)} and {last}.")
    verdict = whole.audit.verdict
    found += [whole.first.remark, known_subjects(rows[0]), "" if verdict == "clean" else f"Audit: {verdict}."]
    return " ".join(filter(None, found)).replace("95 %", "95\u00a0%")


def averaged(rows: Sequence[Row], metric: str) -> str:
    """What a mean is over: subjects or stimuli, and seeds."""
    counts = sorted({each.n for row in rows if (each := row.summary.estimates.get(metric))})
    design = rows[0].summary.design
    unit = ("stimulus", "stimuli") if design and tuple(design.unseen) == ("stimulus",) else ("subject", "")
    units = ranged(counts, *unit) if counts else "folds"
    return f"{units} and {seeds(rows)}; {profile(rows)}"


def profile(rows: Sequence[Row]) -> str:
    return f"profile {', '.join(sorted({row.summary.cell.profile for row in rows}))}"


def seeds(rows: Sequence[Row]) -> str:
    return ranged(sorted({len(row.summary.seeds) for row in rows}), "seed")


def ranged(counts: Sequence[int], noun: str, plural: str = "") -> str:
    """`4 to 6 subjects`, or one count where all are the same."""
    last = counted(counts[-1], noun, plural)
    return last if counts[0] == counts[-1] else f"{counts[0]} to {last}"


def axis(metric: str) -> str:
    """The label of an axis with values of a metric."""
    name = in_words(metric)
    lower = ", lower is better" if sign(metric) < 0 else ""
    return f"{name[0].upper()}{name[1:]}{' (%)' if in_per_cent(metric) else ''}{lower}"


def scale(metric: str) -> float:
    """What values are multiplied by, as in tables."""
    return 100.0 if in_per_cent(metric) else 1.0
