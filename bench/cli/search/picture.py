"""The picture of a search: one panel for the course of the trials, and one per option."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bench.cli.plot.results.pictures.style import PAPER, SMALL, TITLE
from bench.cli.search.searches import search_of
from bench.scoring.scoring import sign
from bench.specs import format_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from bench.cli.search.searches import Searched

WIDTH, HEIGHT, ACROSS = 7.0, 1.9, 3  # inches, panels
MANY = 20  # folds, beyond which lines are lighter


def picture(found: Searched) -> Figure:
    trials = [[trial for trial in search_of(task).trials if trial["score"] is not None] for task in found.tasks]
    names = sorted({name for of_task in trials for trial in of_task for name in trial["options"]})
    rows = -(-(1 + len(names)) // ACROSS)
    with mpl.rc_context(PAPER):
        figure = Figure(figsize=(WIDTH, 0.5 + HEIGHT * rows), layout="constrained")
        figure.suptitle("\n".join(textwrap.wrap(found.title, 100)), fontsize=TITLE, x=0.01, ha="left")
        panels: list[Axes] = list(figure.subplots(rows, ACROSS, squeeze=False).flat)
        course(panels[0], found, trials)
        for axes, name in zip(panels[1:], names, strict=False):
            values(axes, found, trials, name)
        for axes in panels[1 + len(names) :]:
            axes.set_axis_off()
        for axes in panels[::ACROSS]:
            axes.set_ylabel(f"inner {found.metric}{' (%)' if found.per_cent else ''}".replace("_", " "))
        for axes in panels:
            axes.tick_params(labelsize=SMALL)
    return figure


def score(found: Searched, trial: Mapping[str, Any]) -> float:
    """As tables show the metric."""
    return float(trial["score"]) * sign(found.metric) * (100 if found.per_cent else 1)


def course(axes: Axes, found: Searched, trials: list[list[Mapping[str, Any]]]) -> None:
    """The best score so far of each fold."""
    best = np.maximum if sign(found.metric) > 0 else np.minimum
    for of_task in trials:
        scores = [score(found, trial) for trial in of_task]
        axes.step(range(1, len(scores) + 1), best.accumulate(scores), ".-", where="post", color="#0072B2",
                  linewidth=0.8, alpha=0.35 if len(trials) > MANY else 0.7)  # fmt: skip
    axes.set_xlabel("trial (best so far, a line per fold)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def values(axes: Axes, found: Searched, trials: list[list[Mapping[str, Any]]], name: str) -> None:
    """Scores over the values of an option; what folds have chosen is filled."""
    points = [(trial["options"][name], score(found, trial)) for of_task in trials for trial in of_task
              if name in trial["options"]]  # fmt: skip
    chosen = [(search_of(task).options[name], task) for task in found.tasks if name in search_of(task).options]
    best = [(value, float(search_of(task).score or 0.0) * sign(found.metric) * (100 if found.per_cent else 1))
            for value, task in chosen]  # fmt: skip
    words = sorted({format_value(value) for value, _ in points if isinstance(value, str | bool)})
    if words:
        place = {word: number for number, word in enumerate(words)}
        points = [(place[format_value(value)], height) for value, height in points]
        best = [(place[format_value(value)], height) for value, height in best]
        axes.set_xticks(range(len(words)), words)
        axes.set_xlim(-0.5, len(words) - 0.5)
    elif spans_decades([value for value, _ in points]):
        axes.set_xscale("log")
    axes.plot(*np.array(points).T, "o", markersize=2.5, markerfacecolor="none", color="#8c8c8c", alpha=0.6)
    if best:
        axes.plot(*np.array(best).T, "o", markersize=4, color="#D55E00")
    axes.set_xlabel(f"{name} (orange: chosen)")


def spans_decades(numbers: list[float]) -> bool:
    return min(numbers) > 0 and max(numbers) / min(numbers) > 10
