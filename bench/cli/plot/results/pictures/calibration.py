"""The picture of calibration: reliability curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.lines import Line2D

from bench.cli.plot.results.pictures import words
from bench.cli.plot.results.pictures.labels import labels
from bench.cli.plot.results.pictures.measure import wrapped
from bench.cli.plot.results.pictures.sheet import Sheet
from bench.cli.plot.results.pictures.style import CURVES, PAPER, SMALL
from bench.leaderboard.columns import format_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bench.cli.plot.results.selection import Selection
    from bench.leaderboard.comparison import Row

HEIGHT = 2.1  # inches
LEFT = 0.42  # for the labels of the upright axis
HANDLE = 0.3  # what the legend takes beside texts
SMALLEST, LARGEST = 8.0, 45.0  # areas of markers, in square points
MOST = len(CURVES)


def picture(selection: Selection, *, wide: bool) -> Figure:
    """Accuracy over confidence in bins, a curve per row."""
    rows = selection.rows
    with mpl.rc_context(PAPER):
        first = (
            f"Accuracy of predictions in bins of confidence, over {words.seeds(rows)}, {words.profile(rows)}; larger "
            "markers have more windows. ECE: expected calibration error."
        )
        sheet = Sheet(wide, words.title(selection), words.note(selection, first))
        handles = [Line2D([], [], color=colour, marker=marker, linestyle=dashes, label=text, markersize=4)
                   for (colour, marker, dashes), text in zip(CURVES, legends(rows, sheet), strict=False)]  # fmt: skip
        diagonal: dict[str, Any] = {"color": "#6b6b6b", "linewidth": 0.7, "linestyle": "-"}
        handles.append(Line2D([], [], label="perfect calibration", **diagonal))
        figure, axes = sheet.axes(HEIGHT, left=LEFT, label="Confidence (%)", handles=handles)
        least = 100 / len(selection.comparison.first.classes)
        axes.plot([least, 100], [least, 100], zorder=1, **diagonal)
        for (colour, marker, dashes), row in zip(CURVES, rows, strict=False):
            draw(axes, row, colour, marker, dashes)
        axes.set_ylabel("Accuracy (%)", labelpad=2)
        axes.set_xlim(least - 3, 103)
        axes.set_ylim(min(least, *(100 * each.accuracy for row in rows for each in row.summary.reliability)) - 4, 104)
        axes.grid(color="#e4e4e4", linewidth=0.5)
        axes.set_axisbelow(True)
    return figure


def draw(axes: Axes, row: Row, colour: str, marker: str, dashes: str) -> None:
    """The curve of a row, with an area of markers in proportion to windows."""
    bins = row.summary.reliability
    confidence, accuracy = [100 * each.confidence for each in bins], [100 * each.accuracy for each in bins]
    most = max(each.windows for each in bins)
    areas = [max(LARGEST * each.windows / most, SMALLEST) for each in bins]
    axes.plot(confidence, accuracy, color=colour, linestyle=dashes, linewidth=1.1, zorder=2)
    axes.scatter(confidence, accuracy, areas, color=colour, marker=marker, zorder=3, linewidths=0)


def legends(rows: Sequence[Row], sheet: Sheet) -> list[str]:
    """The name of each row with its expected calibration error, which is that of tables of one cell."""
    texts = [f"{name} (ECE\u00a0{format_value(row.summary.pooled['ece'], 'ece')}\u00a0%)"
             for name, row in zip(labels(rows), rows, strict=True)]  # fmt: skip
    return ["\n".join(wrapped(text, sheet.inside - HANDLE, SMALL)) for text in texts]
