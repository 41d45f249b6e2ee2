"""The critical difference diagram of fusions over data sets (Demšar, JMLR 7, 2006)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from bench.cli.plot.results.pictures.measure import height_of, width_of, wrapped
from bench.cli.plot.results.pictures.sheet import Sheet
from bench.cli.plot.results.pictures.style import PAPER, SMALL, TEXT
from bench.leaderboard.columns import probability
from bench.leaderboard.conclusion import equals

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bench.leaderboard.over_data_sets import Ranked

SHARE = 0.31  # of the width, at most, for the names on each side
BESIDE, INSET = 0.05, 0.1  # between names and their lines; between names and the axis
CD, AXIS, BARS = 0.2, 0.5, 0.1  # heights from the top: the critical difference and the axis; below it, the first bar
APART, BELOW, BETWEEN = 0.08, 0.14, 0.06  # between bars, below the last one, and between names
LINE: dict[str, Any] = {"color": "black", "linewidth": 0.7, "solid_capstyle": "butt"}
BAR: dict[str, Any] = {"color": "#0072B2", "linewidth": 2.6, "solid_capstyle": "butt"}


@dataclass(frozen=True)
class Name:
    """A fusion beside the axis."""

    text: str
    rank: float
    height: float  # of its line, below the last bar
    bottom: float


def picture(ranked: Ranked, *, wide: bool) -> Figure:
    """Mean ranks on an axis, the best on the left; bars join fusions that the test does not tell apart."""
    found = ranked.ranking
    with mpl.rc_context(PAPER):
        sheet = Sheet(wide, title(ranked), note(ranked))
        order = np.argsort(found.mean_ranks, kind="stable").tolist()
        middle = (len(order) + 1) // 2
        left, right = (names(ranked, side, sheet) for side in (order[:middle], order[: middle - 1 : -1]))
        top = AXIS + BARS + APART * len(found.groups) + BELOW
        height = top + max(name.bottom for name in (*left, *right))
        figure, axes = sheet.axes(height, right=0.0, below=0.0)
        axes.set_xlim(0, sheet.inside)
        axes.set_ylim(height, 0)
        axes.axis("off")
        first = max(map(width, left)) + BESIDE + INSET
        last = sheet.inside - max(map(width, right)) - BESIDE - INSET
        unit = (last - first) / (len(order) - 1)
        scale(axes, first, unit, len(order), found.critical_difference)
        for number, group in enumerate(found.groups):
            ends = [first + unit * (found.mean_ranks[list(group)][place] - 1) for place in (0, -1)]
            height = AXIS + BARS + APART * number
            axes.plot([ends[0] - 0.03, ends[1] + 0.03], [height, height], gid=f"group {number}", **BAR)
        for side, edge, towards in ((left, 0.0, "left"), (right, sheet.inside, "right")):
            for name in side:
                across, down = first + unit * (name.rank - 1), top + name.height
                end = edge + (width(name) + BESIDE) * (1 if towards == "left" else -1)
                axes.plot([across, across, end], [AXIS, down, down], **LINE)
                axes.text(edge, down, name.text, ha=towards, va="center", size=TEXT, linespacing=1.15)
    return figure


def scale(axes: Axes, first: float, unit: float, count: int, difference: float) -> None:
    """The axis of ranks, and the critical difference above it."""
    axes.plot([first, first + unit * (count - 1)], [AXIS, AXIS], **LINE)
    for rank in range(1, count + 1):
        across = first + unit * (rank - 1)
        axes.plot([across, across], [AXIS - 0.05, AXIS], **LINE)
        axes.text(across, AXIS - 0.07, str(rank), ha="center", va="bottom", size=SMALL)
    end = first + unit * difference
    axes.plot([first, end], [CD, CD], gid="critical difference", **LINE)
    for across in (first, end):
        axes.plot([across, across], [CD - 0.03, CD + 0.03], **LINE)
    axes.text(first, CD - 0.05, f"CD = {difference:.2f}", ha="left", va="bottom", size=SMALL)


def names(ranked: Ranked, rows: list[int], sheet: Sheet) -> list[Name]:
    """The fusions of one side from the top: the one at the end of the axis first, so that no lines cross."""
    made, top = [], 0.0
    for row in rows:
        rank = float(ranked.ranking.mean_ranks[row])
        lines = wrapped(f"{ranked.fusions[row]} ({rank:.2f})", SHARE * sheet.inside, TEXT)
        height = height_of(len(lines), TEXT)
        made.append(Name("\n".join(lines), rank, top + height / 2, top + height))
        top += height + BETWEEN
    return made


def width(name: Name) -> float:
    return max(width_of(line, TEXT) for line in name.text.split("\n"))


def title(ranked: Ranked) -> str:
    return ranked.title


def note(ranked: Ranked) -> str:
    """Data sets and tests."""
    found = ranked.ranking
    return (
        f"Mean ranks over {len(ranked.datasets)} data sets ({', '.join(ranked.datasets)}); 1 is best. Friedman's test: "
        f"p {equals(probability(found.p))}. Bars join fusions whose ranks differ by no more than the critical "
        "difference (CD, Nemenyi, 5\u00a0%)."
    )
