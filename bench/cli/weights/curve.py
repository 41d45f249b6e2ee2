"""The picture of a pre-training: the loss of each epoch, beside what guesses come to."""

from __future__ import annotations

import textwrap
from math import isfinite
from statistics import mean
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bench.cli.plot.style import CLASSES, PROCESSED, STYLE
from bench.cli.weights.words import title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bench.cli.weights.file import Pretrained

KEPT = CLASSES[5]
GUESSES = {"zero": ("#000000", "--"), "last value": ("#7a7a7a", "-."), "linear": ("#009E73", ":")}
FEW = 40  # epochs that are marked one by one
HEADING, CAPTION = 100, 145  # letters in a line


def picture(found: Pretrained) -> Figure:
    """Epochs to the right, losses upwards."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10, 5.4), layout="constrained")
        axes = figure.add_subplot()
        draw(axes, found)
        figure.suptitle(textwrap.fill(title(found), HEADING), fontsize=12, x=0.01, ha="left")
        figure.supxlabel(caption(found), fontsize=9.5, x=0.01, ha="left", color="#444444")
    return figure


def draw(axes: Axes, found: Pretrained) -> None:
    epochs = range(1, found.epochs + 1)
    mark = "o" if found.epochs <= FEW else ""
    curves = (("recordings learnt from", found.losses, PROCESSED), ("recordings kept back", found.kept_losses, KEPT))
    for name, losses, colour in curves:
        if losses:
            told = f"{name}: {losses[-1]:.4g} in the end"
            axes.plot(epochs[: len(losses)], losses, color=colour, marker=mark, markersize=4, linewidth=1.6, label=told)
    low, high = limits(found)
    for name, loss in guesses(found).items():
        colour, dashes = GUESSES.get(name, ("#CC79A7", "--"))
        told = f"guess '{name}': {loss:.4g}" + (", above all this" if loss > high else "")
        axes.axhline(loss, color=colour, linestyle=dashes, linewidth=1.3, label=told)
    axes.set_ylim(low, high)
    axes.set_xlabel("epoch")
    axes.set_ylabel("mean square error of hidden values")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)


def limits(found: Pretrained) -> tuple[float, float]:
    """Around the curves and the best guess; poor guesses would press them together."""
    shown = [loss for loss in (*found.losses, *found.kept_losses) if isfinite(loss)]
    shown += list(guesses(found).values())[:1]
    low, high = min(shown, default=0.0), max(shown, default=1.0)
    margin = 0.06 * (high - low) or 0.1
    return low - margin, high + margin


def guesses(found: Pretrained) -> dict[str, float]:
    """The lowest first: what each comes to on all that was kept back, the mean of all modalities, as the curve is."""
    names = dict.fromkeys(name for modality in found.kept for name in found.guesses(modality))
    means = {name: mean(of[name] for of in found.kept.values() if name in of) for name in names}
    return dict(sorted(means.items(), key=lambda item: item[1]))


def caption(found: Pretrained) -> str:
    """How to read it."""
    several = " Mean of all modalities." if len(found.kept) > 1 else ""
    learnt = "The unit is that of the signals as the network is given them, squared." + several
    kept = (
        f"{found.learnt_from} windows were learnt from; {found.kept_back} of other recordings were kept back, of "
        "which up to 128 are looked at after each epoch. Guesses have learnt nothing: zero, the last value that is "
        "seen before, and the straight line between what is seen on both sides, for all that was kept back. "
        "A curve below all of them has learnt something of the signal."
    )
    alone = f"{found.learnt_from} windows were learnt from; no recording was kept back."
    return textwrap.fill(f"{kept if found.kept else alone} {learnt}", CAPTION)
