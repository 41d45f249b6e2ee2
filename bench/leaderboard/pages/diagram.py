"""A critical difference diagram (Demšar, JMLR 7, 2006) as SVG inside a page, which loads nothing from elsewhere.

The axis of mean ranks is upright, the best rank on top, and each fusion has a line of its own: so names of any length
fit on a narrow screen. Bars join fusions that the test does not tell apart. Lines and texts have the colour of the text
around them, in light and dark.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.leaderboard.over_data_sets import Ranked

ROW = 24.0  # pixels between names
TOP, BOTTOM = 34.0, 14.0
BRACKET, AXIS = 12.0, 76.0  # where the critical difference and the axis stand
APART = 9.0  # between bars
RANK = 40.0  # the width of a mean rank
CHARACTER = 7.5  # pixels of a character of 12, at most for nearly all letters of usual fonts
BAR = "#4c8bf5"


@dataclass(frozen=True)
class Layout:
    """Where things stand, in pixels."""

    ranked: Ranked

    @property
    def order(self) -> list[int]:
        """Fusions, the best first."""
        found: list[int] = np.argsort(self.ranked.ranking.mean_ranks, kind="stable").tolist()
        return found

    @property
    def length(self) -> float:
        return ROW * max(len(self.order), 4)

    def height_of(self, rank: float) -> float:
        """Of a mean rank on the axis, from 1 to the number of fusions."""
        return TOP + self.length * (rank - 1) / (len(self.order) - 1)

    def line(self, place: int) -> float:
        """The height of the name at this place."""
        return TOP + self.length * (place + 0.5) / len(self.order)

    @property
    def bars(self) -> list[tuple[float, float, float]]:
        """Of each group: where its bar stands, and its ends."""
        means = self.ranked.ranking.mean_ranks
        return [
            (
                AXIS + APART * (number + 1),
                self.height_of(means[list(group)].min()),
                self.height_of(means[list(group)].max()),
            )
            for number, group in enumerate(self.ranked.ranking.groups)
        ]

    @property
    def bend(self) -> float:
        """Where lines leave the bars for the names."""
        return AXIS + APART * (len(self.bars) + 1)

    @property
    def names(self) -> float:
        return self.bend + 30 + RANK

    @property
    def bracket(self) -> tuple[float, float]:
        """The critical difference beside the axis, from its top."""
        return TOP, TOP + self.length * self.ranked.ranking.critical_difference / (len(self.order) - 1)

    @property
    def size(self) -> tuple[float, float]:
        longest = max(width(name) for name in self.ranked.fusions)
        return np.ceil(self.names + longest), np.ceil(max(TOP + self.length, self.bracket[1]) + BOTTOM)


def diagram(ranked: Ranked, anchor: str) -> str:
    """`anchor` begins the names of its elements in the page."""
    layout = Layout(ranked)
    across, down = layout.size
    top, end = layout.bracket
    parts = [
        text(BRACKET - 8, 16, f"CD {ranked.ranking.critical_difference:.2f}"),
        path(f"M{BRACKET - 4:g} {top:.1f}h8m-4 0V{end:.1f}m-4 0h8"),
        text(AXIS, 16, "mean rank"),
        path(f"M{AXIS:g} {TOP:g}V{TOP + layout.length:.1f}"),
    ]
    for rank in range(1, len(layout.order) + 1):
        height = layout.height_of(rank)
        parts += [path(f"M{AXIS - 5:g} {height:.1f}h5"), text(AXIS - 9, height + 4, str(rank), ' text-anchor="end"')]
    for place, row in enumerate(layout.order):
        mean, line = ranked.ranking.mean_ranks[row], layout.line(place)
        parts += [
            path(f"M{AXIS:g} {layout.height_of(mean):.1f}H{layout.bend:g}L{layout.bend + 24:g} {line:.1f}"),
            text(layout.names - RANK, line + 4, f"{mean:.2f}", ' opacity=".65"'),
            text(layout.names, line + 4, ranked.fusions[row]),
        ]
    parts += [
        f'<path d="M{bar:g} {first - 3:.1f}V{last + 3:.1f}" stroke="{BAR}" stroke-width="5" stroke-linecap="round"/>'
        for bar, first, last in layout.bars
    ]
    return (
        f'<div class="scroll"><svg role="img" aria-labelledby="{anchor}-title {anchor}-about" width="{across:g}" '
        f'height="{down:g}" viewBox="0 0 {across:g} {down:g}" font-family="system-ui, sans-serif" font-size="12" '
        f'fill="currentColor"><title id="{anchor}-title">{escape(f"Critical difference diagram of {ranked.title}")}'
        f'</title><desc id="{anchor}-about">{escape(described(layout))}</desc>{"".join(parts)}</svg></div>'
    )


def described(layout: Layout) -> str:
    """What it shows, for readers who do not see it."""
    ranked = layout.ranked
    ranks = ", ".join(f"{ranked.fusions[row]} {ranked.ranking.mean_ranks[row]:.2f}" for row in layout.order)
    groups = ["; ".join(ranked.fusions[row] for row in group) for group in ranked.ranking.groups]
    joined = f"Bars join {', and '.join(groups)}." if groups else "No bar joins any."
    return f"Mean ranks: {ranks}. Critical difference: {ranked.ranking.critical_difference:.2f}. {joined}"


def width(name: str) -> float:
    """At least what a text takes."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in name)
    return CHARACTER * (len(name) + wide)


def path(drawn: str) -> str:
    return f'<path d="{drawn}" fill="none" stroke="currentColor"/>'


def text(x: float, y: float, content: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:.1f}"{more}>{escape(content)}</text>'
