"""The picture of a comparison: the value of each row with its interval, baselines and chance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.lines import Line2D

from bench.cli.plot.results.pictures import words
from bench.cli.plot.results.pictures.labels import labels
from bench.cli.plot.results.pictures.sheet import Sheet
from bench.cli.plot.results.pictures.strips import Strips, draw_interval, fit
from bench.cli.plot.results.pictures.style import BEST_BASELINE, CHANCE, LOOKS, PAPER, look
from bench.leaderboard.columns import searched
from bench.scoring.scoring import chance_level
from bench.scoring.variance import FEWEST_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.figure import Figure

    from bench.cli.plot.results.selection import Selection
    from bench.leaderboard.comparison import Comparison, Row

ROW = 0.19  # inches


def picture(selection: Selection, *, wide: bool) -> Figure:
    """One row per line, the best at the top."""
    rows, metric = selection.rows, selection.metric
    with mpl.rc_context(PAPER):
        averaged = words.averaged(rows, metric)
        sheet = Sheet(wide, words.title(selection), words.note(selection, f"Mean [95 % interval] over {averaged}."))
        strips = Strips.of(sheet, labels(rows), ROW)
        values = [scaled(row) for row in rows]
        lines = references(selection.comparison)
        figure, axes = strips.axes(sheet, words.axis(metric), [*kinds(rows), *(line for _, line in lines)])
        for value, line in lines:
            axes.axvline(value, color=line.get_color(), linestyle=line.get_linestyle(), linewidth=line.get_linewidth(),
                         zorder=0.8)  # fmt: skip
        for row, place, (mean, low, high) in zip(rows, strips.drawn, values, strict=True):
            draw_interval(axes, place, mean, low, high, look(row))
        fit(axes, [*(each for three in values for each in three), *(value for value, _ in lines)])
        for row, text in zip(rows, axes.get_yticklabels(), strict=True):
            text.set_color("#6b6b6b" if row.baseline else "black")
    return figure


def scaled(row: Row) -> tuple[float, float, float]:
    """The value of a row and its interval, as tables show them; NaN where they have none."""
    summary, metric = row.summary, row.metric
    found, factor = summary.estimates.get(metric), words.scale(metric)
    if found is None or found.mean is None:
        mean = summary.metrics[metric].mean
        return factor * (math.nan if mean is None else mean), math.nan, math.nan
    if found.n < FEWEST_UNITS or found.low is None or found.high is None:
        return factor * found.mean, math.nan, math.nan
    return factor * found.mean, factor * found.low, factor * found.high


def references(comparison: Comparison) -> list[tuple[float, Line2D]]:
    """The best baseline and chance, with what the legend says of them."""
    found = []
    best = next((row for row in comparison.rows if row.baseline), None)
    if best is not None:
        found.append((scaled(best)[0], Line2D([], [], label=f"best baseline ({searched(best.summary)})",
                                              **BEST_BASELINE)))  # fmt: skip
    level = chance(comparison)
    if level is not None:
        found.append((level, Line2D([], [], label="chance", **CHANCE)))
    return found


def chance(comparison: Comparison) -> float | None:
    """What predictions are worth that are made without seeing the signals."""
    metric = comparison.metric
    level = (comparison.first.chance or {}).get(metric, chance_level(metric))
    return None if level is None else words.scale(metric) * level


def kinds(rows: Iterable[Row]) -> list[Line2D]:
    """The legend of markers."""
    there = {look(row) for row in rows}
    return [Line2D([], [], linestyle="none", label=each.name, **each.mark) for each in LOOKS if each in there]
