"""The plot of a session: labels and windows at the top, then each modality before and after the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.cli.plot import spectra, timeline, traces
from bench.cli.plot.style import PROCESSED, RAW, STYLE
from bench.cli.plot.view import usual, zoom
from bench.cli.plot.words import caption, heading

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.gridspec import GridSpec

    from bench.api import Signal
    from bench.cli.plot.view import View

MINUTES = 600  # seconds from which on a session is shown in minutes
PAIR, SINGLE = 1.25, 1.6  # heights of rows in inches


def picture(view: View) -> Figure:
    """A modality takes two rows if the steps change it, otherwise one."""
    with mpl.rc_context(STYLE):
        modalities = list(view.raw.signals)
        heights = [0.22 * (len(modalities) + 1) + 0.35]
        for modality in modalities:
            heights += [PAIR, PAIR] if view.changed(modality) else [SINGLE]
        around = 0.7 + 0.2 * heading(view).count("\n") + 0.12 * len(heights)
        figure = Figure(figsize=(13, sum(heights) + around), layout="constrained")
        grid = figure.add_gridspec(len(heights), 3, height_ratios=heights, width_ratios=(3.2, 2.0, 1.5))
        minutes = view.length >= MINUTES
        scale = 60.0 if minutes else 1.0
        top = figure.add_subplot(grid[0, 0])
        timeline.draw(top, figure.add_subplot(grid[0, 1:]), view, scale)
        top.set_xlim(0, view.length / scale)
        row = 1
        for modality in modalities:
            row += block(figure, grid, row, view, modality, scale)
        columns = [axes for axes in figure.axes if axes.get_subplotspec().colspan.start == 0]  # type: ignore[union-attr]
        columns[-1].set_xlabel("time (min)" if minutes else "time (s)")
        figure.suptitle(heading(view), fontsize=12, x=0.01, ha="left")
        figure.supxlabel(caption(view), fontsize=9.5, x=0.01, ha="left", color="#444444")
    return figure


def block(figure: Figure, grid: GridSpec, row: int, view: View, modality: str, scale: float) -> int:
    """Draw one modality. Returns the number of rows."""
    raw, changed = view.raw.signals[modality], view.changed(modality)
    after = view.processed.signals.get(modality) if changed else None
    span = zoom(view, modality)
    alone = not changed and any(map(view.changed, view.raw.signals))
    before = traces.same_channels(raw, after)
    versions: list[tuple[Signal | None, str, str]] = [(before, RAW, "raw, unchanged" if alone else "raw")]
    versions += [(after, PROCESSED, "processed")] if changed else []
    for place, (signal, colour, name) in enumerate(versions):
        whole, near = (figure.add_subplot(grid[row + place, column]) for column in (0, 1))
        if signal is None:
            whole.text(0.5, 0.5, f"the steps leave no '{modality}'", transform=whole.transAxes, ha="center")
            continue
        timeline.bands(whole, view, scale)
        traces.draw(whole, signal, (0.0, view.length), colour, scale)
        whole.set_xlim(0, view.length / scale)
        mark(whole, span, scale)
        whole.set_ylabel(traces.label(modality, signal))
        titled(whole, f"{modality}, {name}, {signal.rate:g} Hz{traces.counted(signal)}", colour)
        traces.draw(near, signal, span, colour)
        near.set_xlim(*span)
        titled(near, f"{span[1] - span[0]:.3g} s from {span[0]:.4g} s on", colour)
        near.locator_params(axis="x", nbins=5)
        if place == len(versions) - 1:
            near.set_xlabel("time (s)")
        else:
            near.tick_params(labelbottom=False)
        whole.tick_params(labelbottom=row + place == grid.nrows - 1)
    beside = figure.add_subplot(grid[row : row + len(versions), 2])
    spectra.draw(beside, raw, after, 2 * usual(modality))
    return len(versions)


def mark(axes: Axes, span: tuple[float, float], scale: float) -> None:
    """Mark the position of the zoom."""
    axes.axvspan(span[0] / scale, span[1] / scale, ymax=0.04, color="black", linewidth=1.5, clip_on=False)


def titled(axes: Axes, text: str, colour: str) -> None:
    axes.set_title(text, loc="left", color=colour, pad=3)
