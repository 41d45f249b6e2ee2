"""Rows below each other, each with its label, on an axis that they share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from bench.cli.plot.results.pictures.measure import height_of, width_of, wrapped
from bench.cli.plot.results.pictures.style import TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bench.cli.plot.results.pictures.sheet import Sheet
    from bench.cli.plot.results.pictures.style import Look

BESIDE = 0.07  # between labels and axes
BETWEEN = 0.06  # labels of neighbours


@dataclass(frozen=True)
class Strips:
    """The labels with the height of each row, in inches from the top."""

    texts: tuple[str, ...]
    places: tuple[float, ...]
    height: float
    left: float
    headings: frozenset[int]  # rows that only have a label

    @classmethod
    def of(cls, sheet: Sheet, labels: Sequence[str], least: float, headings: Iterable[int] = ()) -> Strips:
        """Of rows at least so high."""
        headings = frozenset(headings)
        texts, places, top = [], [], 0.0
        for place, label in enumerate(labels):
            lines = wrapped(label, sheet.most_for_labels, TEXT, "bold" if place in headings else "normal")
            height = max(height_of(len(lines), TEXT) + BETWEEN, least)
            texts.append("\n".join(lines))
            places.append(top + height / 2)
            top += height
        left = max(width_of(line, TEXT, "bold" if place in headings else "normal")
                   for place, text in enumerate(texts) for line in text.split("\n"))  # fmt: skip
        return cls(tuple(texts), tuple(places), top, left + BESIDE, headings)

    @property
    def drawn(self) -> list[float]:
        """Where rows with values are."""
        return [place for number, place in enumerate(self.places) if number not in self.headings]

    def axes(self, sheet: Sheet, label: str, handles: Sequence[Artist]) -> tuple[Figure, Axes]:
        """A figure, and axes in which heights are in inches."""
        figure, axes = sheet.axes(self.height, left=self.left, label=label, handles=handles)
        axes.set_ylim(self.height, 0)
        axes.set_yticks(self.places, self.texts)
        axes.tick_params(axis="y", length=0, pad=BESIDE * 72 / 2)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", color="#e4e4e4", linewidth=0.5)
        axes.set_axisbelow(True)
        axes.xaxis.set_major_locator(MaxNLocator(sheet.ticks, steps=[1, 2, 2.5, 5, 10]))
        for number in self.headings:
            axes.get_yticklabels()[number].set_fontweight("bold")
        return figure, axes


def draw_interval(axes: Axes, place: float, value: float, low: float, high: float, look: Look) -> None:
    """A marker, and its interval where it is known."""
    error = [[max(value - low, 0.0)], [max(high - value, 0.0)]] if math.isfinite(low) and math.isfinite(high) else None
    axes.errorbar([value], [place], xerr=error, linestyle="none", elinewidth=1.1, capsize=1.8, **look.mark)


def fit(axes: Axes, values: Iterable[float]) -> None:
    """Limits around all values that are finite."""
    known = [value for value in values if math.isfinite(value)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    margin = 0.05 * (high - low) or max(0.05 * abs(low), 0.05)
    axes.set_xlim(low - margin, high + margin)
