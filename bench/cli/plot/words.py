"""Title and caption of a plot."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from bench.cli.plot import spectra

if TYPE_CHECKING:
    from bench.cli.plot.view import View

HEADING, CAPTION = 125, 160  # letters in a line


def heading(view: View) -> str:
    """The title: subject, session and steps."""
    groups = f"Steps: {view.chain or 'none'}".split("; ")
    return "\n".join([view.title, *(textwrap.fill(group, HEADING, subsequent_indent="      ") for group in groups)])


def caption(view: View) -> str:
    """The caption."""
    notes = [f"W{view.windowing.about.removeprefix('w')}; black bars mark the zoom."]
    if not view.windows:
        longest = max((segment.stop - segment.start for segment in view.processed.segments), default=0.0)
        notes.append(f"None fits: the longest segment has {longest:.4g} s.")
    if view.hidden:
        notes.append(f"Not shown, since fitted in each fold: {', '.join(dict.fromkeys(view.hidden))}.")
    if view.rule:
        notes.append(f"Labels: {view.rule}.")
    signals = view.processed.signals
    if any(spectra.moved(raw, signals.get(modality)) for modality, raw in view.raw.signals.items()):
        notes.append(
            "The spectrum of a processed signal in another unit is shifted to meet the raw one at its maximum."
        )
    if view.simulated:
        notes.append("The signals are simulated.")
    return textwrap.fill(" ".join(notes), CAPTION)
