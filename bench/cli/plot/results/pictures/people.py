"""The picture of subjects: one dot per subject and row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.lines import Line2D

from bench.cli.plot.results.pictures import words
from bench.cli.plot.results.pictures.comparison import chance, kinds
from bench.cli.plot.results.pictures.labels import labels
from bench.cli.plot.results.pictures.sheet import Sheet
from bench.cli.plot.results.pictures.strips import Strips, fit
from bench.cli.plot.results.pictures.style import CHANCE, PAPER, look
from bench.leaderboard.columns import counted
from bench.leaderboard.estimates import over_units, values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

    from bench.cli.plot.results.selection import Selection
    from bench.leaderboard.comparison import Row

ROW, SPREAD = 0.34, 0.09  # inches: the height of a row, and how far dots lie from its middle
FEW = 6  # rows, up to which lines join the dots of a subject
MEAN: dict[str, Any] = {"marker": "|", "color": "black", "markersize": 13, "markeredgewidth": 1.8, "linestyle": "none"}


def picture(selection: Selection, *, wide: bool) -> Figure:
    """One strip per row, the best at the top."""
    rows, metric = selection.rows, selection.metric
    scores = [scores_of(row) for row in rows]
    joined = 1 < len(rows) <= FEW
    with mpl.rc_context(PAPER):
        sheet = Sheet(wide, words.title(selection), words.note(selection, *sentences(rows, joined=joined)))
        strips = Strips.of(sheet, labels(rows), ROW)
        level = chance(selection.comparison)
        handles = [*kinds(rows), Line2D([], [], label="mean", **{**MEAN, "markersize": 8})]
        handles += [Line2D([], [], label="chance", **CHANCE)] if level is not None else []
        figure, axes = strips.axes(sheet, f"{words.axis(metric)} of each subject", handles)
        if level is not None:
            axes.axvline(level, zorder=0.8, **CHANCE)
        offsets = offsets_of(rows)
        if joined:
            for subject, offset in offsets.items():
                path = [each.get(subject, np.nan) for each in scores]
                axes.plot(path, np.array(strips.drawn) + offset, color="#b5b5b5", linewidth=0.5, zorder=1)
        for row, place, of_subject in zip(rows, strips.drawn, scores, strict=True):
            heights = [place + offsets[subject] for subject in of_subject]
            axes.plot(list(of_subject.values()), heights, linestyle="none", alpha=0.8, zorder=2,
                      **{**look(row).mark, "markersize": 3.2, "markeredgewidth": 0.7})  # fmt: skip
            axes.plot([words.scale(metric) * mean_of(row)], [place], zorder=3, **MEAN)
        fit(axes, [*(value for each in scores for value in each.values()), *([] if level is None else [level])])
    return figure


def scores_of(row: Row) -> dict[str, float]:
    """Subject -> its value as tables show it; without subjects that have none."""
    subjects = row.summary.subjects
    found = words.scale(row.metric) * values(row.metric, subjects)
    return {name: float(value) for name, value in zip(subjects, found, strict=True) if np.isfinite(value)}


def mean_of(row: Row) -> float:
    """The mean over subjects."""
    return over_units(row.metric, row.summary.subjects, {}, None).mean


def offsets_of(rows: Sequence[Row]) -> Mapping[str, float]:
    """How far from the middle of a row each subject is: the same in all rows, so that dots and lines keep apart."""
    subjects = sorted({name for row in rows for name in row.summary.subjects})
    heights = np.linspace(-SPREAD, SPREAD, len(subjects)) if len(subjects) > 1 else np.zeros(1)
    return dict(zip(subjects, heights.tolist(), strict=True))


def sentences(rows: Sequence[Row], *, joined: bool) -> list[str]:
    """What dots and lines are, and which are missing."""
    counts = sorted({len(row.summary.subjects) for row in rows})
    subjects = words.ranged(counts, "subject")
    found = [f"Dots: {subjects}, each the mean over {words.seeds(rows)}; {words.profile(rows)}."]
    missing = max(len(row.summary.subjects) - len(scores_of(row)) for row in rows)
    if missing:
        reason = ", as AUROC has none where there is one class" if rows[0].metric == "auroc" else ""
        found.append(f"{counted(missing, 'subject')} without a value{reason}.")
    if joined:
        found.append("Lines join the dots of a subject.")
    return found
