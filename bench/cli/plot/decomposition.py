"""The plot of decomposed skin conductance: tonic and phasic components and residual."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from bench.cli.plot import timeline, traces
from bench.cli.plot.picture import MINUTES, mark, titled
from bench.cli.plot.style import PROCESSED, RAW, STYLE
from bench.cli.plot.view import zoom
from bench.cli.plot.words import CAPTION, heading

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bench.cli.plot.components import Components
    from bench.cli.plot.view import View

TONIC = "#D55E00"
CROWDED = 80  # responses in one picture, from which on they are marked below it


def picture(view: View, parts: Components) -> Figure:
    """The whole session on the left, a zoom on the right."""
    minutes = view.length >= MINUTES
    sides = ((0.0, view.length), zoom(view, parts.modality))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(13, 8.2), layout="constrained")
        grid = figure.add_gridspec(4, 2, height_ratios=(0.28, 1.6, 1.2, 0.8), width_ratios=(1.5, 1))
        scale = 60.0 if minutes else 1.0
        top = figure.add_subplot(grid[0, 0])
        timeline.labels(top, view, scale)
        timeline.legend(figure.add_subplot(grid[0, 1]), view, {})
        top.set_xlim(0, view.length / scale)
        for column, span in enumerate(sides):
            own = scale if column == 0 else 1.0
            rows = [figure.add_subplot(grid[row, column]) for row in (1, 2, 3)]
            for axes, draw in zip(rows, (level, responses, rest), strict=True):
                timeline.bands(axes, view, own)
                draw(axes, parts, span, own)
                axes.set_xlim(span[0] / own, span[1] / own)
                axes.tick_params(labelbottom=axes is rows[-1])
            rows[-1].set_xlabel("time (min)" if own == 60 else "time (s)")
            rows[0].legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0, ncols=2, frameon=False)
            what = f"{view.length:.4g} s" if column == 0 else f"{span[1] - span[0]:.3g} s from {span[0]:.4g} s on"
            titled(rows[0], f"{parts.modality}, {what}, {parts.original.rate:g} Hz", RAW)
        mark(figure.axes[2], sides[1], scale)
        figure.suptitle(heading(view), fontsize=12, x=0.01, ha="left")
        figure.supxlabel(caption(view, parts), fontsize=9.5, x=0.01, ha="left", color="#444444")
    return figure


def level(axes: Axes, parts: Components, span: tuple[float, float], scale: float) -> None:
    """The signal and the tonic component."""
    traces.draw(axes, parts.original, span, RAW, scale, "original")
    traces.draw(axes, parts.tonic, span, TONIC, scale, "tonic")
    axes.set_ylabel(traces.label("level", parts.original))


def responses(axes: Axes, parts: Components, span: tuple[float, float], scale: float) -> None:
    """The phasic component and its peaks."""
    traces.draw(axes, parts.phasic, span, PROCESSED, scale)
    time = parts.peaks / parts.phasic.rate
    here = (time >= span[0]) & (time < span[1])
    heights = parts.phasic.values[0, parts.peaks[here]]
    crowded = len(heights) > CROWDED
    if crowded:
        heights = np.full(len(heights), -0.05 * heights.max())
    axes.plot(time[here] / scale, heights, "|" if crowded else "v", color="black", markersize=4, linestyle="none")
    axes.set_ylabel(traces.label("phasic", parts.phasic))
    titled(axes, f"{len(heights)} responses ({'marked below' if crowded else 'triangles'})", PROCESSED)


def rest(axes: Axes, parts: Components, span: tuple[float, float], scale: float) -> None:
    """The residual."""
    traces.draw(axes, parts.residual, span, RAW, scale)
    axes.set_ylabel(traces.label("residual", parts.residual))
    spread = float(np.nanstd(parts.residual.values)) if np.isfinite(parts.residual.values).any() else np.nan
    titled(axes, f"what is left over (whole session: standard deviation {spread:.2g})", RAW)


def caption(view: View, parts: Components) -> str:
    """The caption: the definition of a response, labels and simulation."""
    unit = " µS" if parts.original.unit == "uS" else f" {parts.original.unit}".rstrip()
    least = f"A response is a peak of the phasic component that stands out by {parts.threshold:.2g}{unit} or more"
    text = [f"{least}: {len(parts.peaks)} in all, {parts.per_minute:.1f} per minute."]
    if view.rule:
        text.append(f"Labels: {view.rule}.")
    if view.simulated:
        text.append("The signals are simulated.")
    return textwrap.fill(" ".join(text), CAPTION)
