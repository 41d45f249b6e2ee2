"""Title and caption of a plot of attention."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from bench.cli.plot.words import CAPTION, HEADING

if TYPE_CHECKING:
    from bench.cli.attention.view import View


def heading(view: View) -> str:
    """The title: subject, time, label, prediction and model."""
    cell, classes, found = view.cell, view.cell.classes, view.probabilities[0]
    session, start, stop, label = (view.column(name)[0] for name in ("session", "start", "stop", "label"))
    number = f"window {view.numbers[0]} of 0 to {view.many - 1}"
    when = f"session {session} · {start:g} to {stop:g} s · {number}" + (" · SIMULATED" if cell.simulated else "")
    chances = ", ".join(f"{name} {p:.2f}" for name, p in zip(classes, found, strict=True))
    decided = f"true class: {classes[label]} · predicted: {classes[found.argmax()]} ({chances})"
    lines = (f"{cell.labels.dataset} · {view.subject} · {when}", decided, cell.label)
    return "\n".join(textwrap.fill(line, HEADING) for line in lines)


def caption(view: View) -> str:
    """The caption."""
    first = next(name for connections in view.attention.values() for name in connections)
    sender, _, receiver = first.partition("_to_")
    how = (
        f"{sender} to {receiver}: how much of what the branch of {sender} has at the end of a stage is let through to "
        f"the branch of {receiver}. Where two compete, 0.5 prefers neither, and more prefers {sender}. "
        "Beside each bar: its mean (lowest to highest)."
    )
    notes = [how, f"The network is that of fold '{view.parts[0].fold}', whose test part has this window."]
    if view.parts[0].scaled:
        notes.append(f"Scaled by the training part of the fold: {', '.join(view.parts[0].scaled)}.")
    if view.cell.simulated:
        notes.append("The signals are simulated.")
    return textwrap.fill(" ".join(notes), CAPTION)
