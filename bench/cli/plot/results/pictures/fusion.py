"""The picture of gains: how much better each fusion is than the best single modality."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import matplotlib as mpl

from bench.cli.plot.results.pictures import words
from bench.cli.plot.results.pictures.labels import labels
from bench.cli.plot.results.pictures.sheet import Sheet
from bench.cli.plot.results.pictures.strips import Strips, draw_interval, fit
from bench.cli.plot.results.pictures.style import FUSED, PAPER, ZERO
from bench.leaderboard.columns import in_words, searched
from bench.leaderboard.pages.ordering import gains
from bench.scoring.scoring import in_per_cent
from bench.scoring.variance import FEWEST_UNITS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bench.cli.plot.results.selection import Selection
    from bench.leaderboard.comparison import Row

ROW = 0.19  # inches


def gained(row: Row) -> bool:
    """Whether a row has a gain over a single modality."""
    return row.gain is not None and row.gain.n > 0


def picture(selection: Selection, *, wide: bool) -> Figure:
    """The fusions of each model below its name, the best at the top."""
    whole, metric = selection.comparison, selection.metric
    models: dict[str, list[Row]] = {}
    for row in selection.rows:
        models.setdefault(searched(row.summary), []).append(row)
    rows = [row for each in models.values() for row in each]
    texts: list[str] = []
    headings: list[int] = []
    for model, each in models.items():
        headings.append(len(texts))
        texts += [model, *labels(each, model=False)]
    with mpl.rc_context(PAPER):
        sentence = gains(whole)
        first = f"{sentence[0].upper()}{sentence[1:]} [95 % interval], over {words.averaged(rows, metric)}."
        sheet = Sheet(wide, words.title(selection), words.note(selection, first))
        strips = Strips.of(sheet, texts, ROW, headings)
        over = f"{whole.against} alone" if whole.against else "the best single modality"
        points = " (points)" if in_per_cent(metric) else ""
        figure, axes = strips.axes(sheet, f"Gain in {in_words(metric)} over {over}{points}", ())
        axes.axvline(0, zorder=0.8, **ZERO)
        values = [scaled(row) for row in rows]
        for place, (mean, low, high) in zip(strips.drawn, values, strict=True):
            draw_interval(axes, place, mean, low, high, FUSED)
        fit(axes, [0.0, *(each for three in values for each in three)])
    return figure


def scaled(row: Row) -> tuple[float, float, float]:
    """The gain and its interval as tables show them; NaN where there are too few subjects for an interval."""
    assert row.gain is not None
    factor, found = words.scale(row.metric), row.gain
    if found.n < FEWEST_UNITS:
        return factor * found.mean, math.nan, math.nan
    return factor * found.mean, factor * found.low, factor * found.high
