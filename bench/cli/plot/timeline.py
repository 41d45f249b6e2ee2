"""Labels as bands over time, and usable windows."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from bench.cli.plot.style import CLASSES, GAP, PROBLEMS, UNLABELLED, USABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from bench.cli.plot.view import View

NO_LABEL, FEW = "no label", 150


def colours(view: View) -> dict[str, str]:
    """The colour of each class in this session, and of unlabelled segments."""
    known = {name: CLASSES[place % len(CLASSES)] for place, name in enumerate(view.classes)}
    seen = {view.labels.get(segment.trial, NO_LABEL) for segment in view.raw.segments}
    return {name: colour for name, colour in (*known.items(), (NO_LABEL, UNLABELLED)) if name in seen}


def bands(axes: Axes, view: View, scale: float, alpha: float = 0.22) -> None:
    """Shade the segments behind a trace."""
    found = colours(view)
    for segment in view.raw.segments:
        colour = found[view.labels.get(segment.trial, NO_LABEL)]
        axes.axvspan(segment.start / scale, segment.stop / scale, color=colour, alpha=alpha, linewidth=0, zorder=-1)


def labels(axes: Axes, view: View, scale: float) -> None:
    """Draw one row of bands."""
    found = colours(view)
    for segment in view.raw.segments:
        place = (segment.start / scale, (segment.stop - segment.start) / scale)
        axes.broken_barh([place], (-0.4, 0.8), color=found[view.labels.get(segment.trial, NO_LABEL)])
    axes.set_yticks([0], [view.target or "segments"])
    axes.tick_params(labelbottom=False)


def draw(axes: Axes, beside: Axes, view: View, scale: float) -> None:
    """Draw a row of labels and a row of windows per modality, with counts and a legend."""
    modalities = list(view.raw.signals)
    labels(axes, view, scale)
    problems: Counter[str] = Counter()
    hop = math.inf if view.windowing.whole else view.windowing.hop
    line = 0.4 if len(view.windows) <= FEW else 0.0
    for row, modality in enumerate(modalities, 1):
        states: dict[str, list[tuple[float, float]]] = {}
        for window in view.windows:
            width = min(hop, window["stop"] - window["start"])
            states.setdefault(window[f"bad.{modality}"], []).append((window["start"] / scale, width / scale))
        for state, places in sorted(states.items()):
            colour = PROBLEMS.get(state, PROBLEMS["missing"]) if state else USABLE
            axes.broken_barh(places, (row - 0.32, 0.64), facecolor=colour, edgecolor="white", linewidth=line)
            problems[state] += len(places)
        message = f"{len(states.get('', ()))} of {len(view.windows)} windows usable" if view.windows else "no window"
        beside.text(0, row, message, va="center", fontsize=9.5)
    axes.set_yticks(range(len(modalities) + 1), [view.target or "segments", *modalities])
    for each in (axes, beside):
        each.set_ylim(len(modalities) + 0.5, -0.6)
    legend(beside, view, problems)


def legend(axes: Axes, view: View, problems: Mapping[str, int]) -> None:
    """Draw the legend of colours."""
    from matplotlib.patches import Patch

    axes.axis("off")
    classes = [Patch(color=colour, label=name) for name, colour in colours(view).items()]
    states = [
        Patch(color=PROBLEMS.get(state, PROBLEMS["missing"]) if state else USABLE,
              label=f"not usable: {state}" if state else "usable window")
        for state in sorted(problems)
    ]  # fmt: skip
    handles = [*classes, *states, Patch(label="gap in a signal", **GAP)]
    axes.legend(handles=handles, loc="center right", ncols=2 if len(handles) > 3 else 1, frameon=False)
