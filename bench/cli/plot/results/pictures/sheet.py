"""The sheet of a picture: title, axes, legend and note below each other, all placed in inches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from bench.cli.plot.results.pictures.measure import height_of, wrapped
from bench.cli.plot.results.pictures.style import SMALL, TEXT, TITLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend

COLUMN, TWO_COLUMNS = 3.4, 7.0
EDGE, RIGHT, GAP = 0.04, 0.16, 0.06
TICKS = 0.17  # the height of ticks and their labels
SPACING: dict[str, Any] = {
    "handlelength": 1.8,
    "columnspacing": 1.2,
    "handletextpad": 0.4,
    "labelspacing": 0.35,
    "borderpad": 0.0,
}


@dataclass(frozen=True)
class Sheet:
    """What surrounds the axes."""

    wide: bool
    title: str
    note: str

    @property
    def width(self) -> float:
        return TWO_COLUMNS if self.wide else COLUMN

    @property
    def inside(self) -> float:
        """The width without the edges."""
        return self.width - 2 * EDGE

    @property
    def most_for_labels(self) -> float:
        """The width that labels of rows may take."""
        return self.inside * (0.4 if self.wide else 0.45)

    @property
    def ticks(self) -> int:
        """Intervals between ticks that do not overlap."""
        return 8 if self.wide else 5

    def axes(
        self, height: float, *, left: float = 0.0, right: float = RIGHT, below: float = TICKS, label: str = "",
        handles: Sequence[Artist] = (),
    ) -> tuple[Figure, Axes]:  # fmt: skip
        """A new figure, and its axes of this height; `left`, `right` and `below` are for labels outside of them."""
        figure = Figure(figsize=(self.width, 1.0), facecolor="white")
        titles, notes = wrapped(self.title, self.inside, TITLE, "bold"), wrapped(self.note, self.inside, SMALL)
        legend = packed(figure, handles, self.inside)
        across = self.inside - left - right
        labels = wrapped(label, across, TEXT)
        legend_at = EDGE + height_of(len(notes), SMALL) + (GAP if notes else 0)
        legend_height = legend.get_window_extent().height / figure.dpi + GAP if legend else 0
        bottom = legend_at + legend_height + below + height_of(len(labels), TEXT) + (GAP if label else 0)
        total = bottom + height + GAP + height_of(len(titles), TITLE) + EDGE
        figure.set_size_inches(self.width, total)
        beside = EDGE / self.width
        figure.text(beside, 1 - EDGE / total, "\n".join(titles), size=TITLE, weight="bold", va="top", linespacing=1.2)
        figure.text(beside, EDGE / total, "\n".join(notes), size=SMALL, va="bottom", linespacing=1.2, color="#333333")
        if legend:
            legend.set_bbox_to_anchor((beside, legend_at / total), figure.transFigure)
        axes = figure.add_axes(((EDGE + left) / self.width, bottom / total, across / self.width, height / total))
        axes.set_xlabel("\n".join(labels), labelpad=2)
        return figure, axes


def packed(figure: Figure, handles: Sequence[Artist], inches: float) -> Legend | None:
    """A legend in as many columns as fit."""
    for columns in range(len(handles), 0, -1):
        legend = figure.legend(handles=list(handles), ncols=columns, loc="lower left", frameon=False, borderaxespad=0,
                               **SPACING)  # fmt: skip
        if columns == 1 or legend.get_window_extent().width / figure.dpi <= inches:
            return legend
        legend.remove()
    return None
