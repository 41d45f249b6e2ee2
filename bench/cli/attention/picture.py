"""The plot of one window: each signal, and below it the attention to what its branch receives."""

from __future__ import annotations

from itertools import chain, zip_longest
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from bench.cli.attention.received import received
from bench.cli.attention.words import caption, heading
from bench.cli.plot import traces
from bench.cli.plot.style import PROCESSED, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.gridspec import SubplotSpec

    from bench.cli.attention.received import Received
    from bench.cli.attention.view import View

COLOURS, SHARE = "PuOr_r", Normalize(0, 1)  # white at 0.5
SCALE, SIGNAL, BAR = 0.7, 1.3, 0.24  # heights in inches
ABOVE, LINE = 0.3, 0.25  # above each row, and of a line of text
WIDTHS, MAPS = (13.0, 16.2), (0.8, 0.55)  # of the picture, and how high a map is, in one column and in two


def picture(view: View) -> Figure:
    """One block per modality, in two columns if there are more than two."""
    with mpl.rc_context(STYLE):
        blocks = received(view.attention, view.modalities)
        columns = 1 if len(blocks) <= 2 else 2
        wanted = [heights(found, MAPS[columns - 1]) for found in blocks.values()]
        beside = [wanted[first : first + columns] for first in range(0, len(wanted), columns)]
        rows = [[max(each) for each in zip_longest(*these, fillvalue=0.0)] for these in beside]
        ratios = [SCALE, *chain.from_iterable(rows)]
        lines = heading(view).count("\n") + caption(view).count("\n") + 2 + len(rows)
        size = WIDTHS[columns - 1], sum(ratios) + ABOVE * len(ratios) + LINE * lines
        figure = Figure(size, layout=ConstrainedLayoutEngine(wspace=0.02))
        grid = figure.add_gridspec(len(ratios), columns, height_ratios=ratios)
        scale(figure, grid[0, :])
        for place, (name, found) in enumerate(blocks.items()):
            row, column = divmod(place, columns)
            first = 1 + sum(map(len, rows[:row]))
            inside = [figure.add_subplot(grid[first + number, column]) for number in range(len(wanted[place]))]
            block(inside, view, name, found)
        figure.suptitle(heading(view), fontsize=12, x=0.01, ha="left")
        figure.supxlabel(caption(view), fontsize=9.5, x=0.01, ha="left", color="#444444")
    return figure


def heights(found: list[Received], map_height: float) -> list[float]:
    """The signal, a bar per connection, and a map per connection with attention to channels."""
    bars = [BAR * len(found)] if found else []
    return [SIGNAL, *bars, *(map_height for each in found if each.by_channel)]


def scale(figure: Figure, place: SubplotSpec) -> None:
    """The legend of colours."""
    axes = figure.add_subplot(place.subgridspec(1, 3, width_ratios=(1, 2, 1))[1])
    figure.colorbar(ScalarMappable(SHARE, COLOURS), cax=axes, orientation="horizontal")
    axes.set_title("share of the sender that is let through to the receiver", pad=4)


def block(rows: list[Axes], view: View, name: str, found: list[Received]) -> None:
    """One modality: its signal and its received connections on the same time axis."""
    signal = view.signal(name)
    traces.draw(rows[0], signal, (0.0, view.seconds), PROCESSED)
    rows[0].set_ylabel(traces.label(name, signal))
    message = f"{name} as the network is given it, {signal.rate:g} Hz{traces.counted(signal)}"
    rows[0].set_title(message, loc="left", color=PROCESSED, pad=3)
    if found:
        bars(rows[1], found, view.seconds)
    for axes, each in zip(rows[2:], (each for each in found if each.by_channel), strict=True):
        chart(axes, each, view.seconds)
    for axes in rows:
        axes.set_xlim(0, view.seconds)
        axes.tick_params(labelbottom=axes is rows[-1])
    rows[-1].set_xlabel("time in the window (s)")


def bars(axes: Axes, found: list[Received], seconds: float) -> None:
    """One bar per connection, averaged over channels."""
    for row, each in enumerate(found):
        mean = each.values.mean(axis=0)
        low, high, steps = mean.min(), mean.max(), len(mean)
        extent = (0, seconds, row + 0.92, row + 0.08)
        axes.imshow(mean[None], COLOURS, SHARE, aspect="auto", extent=extent, interpolation="nearest")
        if high > low:
            heights = row + 0.85 - 0.7 * (mean - low) / (high - low)
            axes.plot((np.arange(steps) + 0.5) * seconds / steps, heights, color="black", linewidth=0.5)
        message = f"{mean.mean():.2f} ({low:.2f} to {high:.2f})"
        axes.text(1.008, row + 0.5, message, transform=axes.get_yaxis_transform(), va="center", fontsize=9)
    axes.set_ylim(len(found), 0)
    axes.set_yticks([row + 0.5 for row in range(len(found))], [each.title for each in found])
    axes.tick_params(axis="y", length=0)
    axes.spines[:].set_visible(False)
    what = "mean over channels" if any(each.by_channel for each in found) else "for all channels alike"
    axes.set_title(f"{what}, as colour, and as a line from its lowest to its highest", loc="left", pad=3)


def chart(axes: Axes, each: Received, seconds: float) -> None:
    """Attention per channel, the first at the top."""
    channels, steps = each.values.shape
    extent = (0, seconds, channels + 0.5, 0.5)
    axes.imshow(each.values, COLOURS, SHARE, aspect="auto", extent=extent, interpolation="nearest")
    axes.set_yticks([1, channels])
    axes.set_ylabel("channel")
    axes.set_title(f"{each.title}: {channels} channels, {steps} steps of time", loc="left", pad=3)
