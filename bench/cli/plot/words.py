"""What stands above and below a picture."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from bench.cli.plot import spectra

if TYPE_CHECKING:
    from bench.cli.plot.view import View

HEADING, CAPTION = 125, 160  # letters in a line


def heading(view: View) -> str:
    """Who it is, and what was done."""
    groups = f"Steps: {view.chain or 'none'}".split("; ")
    return "\n".join([view.title, *(textwrap.fill(group, HEADING, subsequent_indent="      ") for group in groups)])


def caption(view: View) -> str:
    """What else a reader has to know."""
    told = [f"W{view.windowing.about.removeprefix('w')}; black bars show where the zoom is."]
    if not view.windows:
        longest = max((segment.stop - segment.start for segment in view.processed.segments), default=0.0)
        told.append(f"None fits: the longest segment has {longest:.4g} s.")
    if view.hidden:
        told.append(f"Not shown, since each fold learns it: {', '.join(dict.fromkeys(view.hidden))}.")
    if view.rule:
        told.append(f"Labels: {view.rule}.")
    signals = view.processed.signals
    if any(spectra.moved(raw, signals.get(modality)) for modality, raw in view.raw.signals.items()):
        told.append(
            "The spectrum of a processed signal in another unit is moved to meet the raw one where it is strongest."
        )
    if view.simulated:
        told.append("The signals are simulated.")
    return textwrap.fill(" ".join(told), CAPTION)
