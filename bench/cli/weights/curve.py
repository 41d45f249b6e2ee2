"""The plot of a pre-training: the loss of each epoch, and the imputation baselines."""

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

VALIDATION = CLASSES[5]
BASELINES = {"zero": ("#000000", "--"), "last value": ("#7a7a7a", "-."), "linear": ("#009E73", ":")}
FEW = 40  # up to this many epochs are marked individually
HEADING, CAPTION = 100, 145  # letters in a line


def picture(found: Pretrained) -> Figure:
    """Draw loss over epochs."""
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
    curves = (("training", found.losses, PROCESSED), ("validation", found.validation_losses, VALIDATION))
    for name, losses, colour in curves:
        if losses:
            text = f"{name}: {losses[-1]:.4g} after the last epoch"
            axes.plot(epochs[: len(losses)], losses, color=colour, marker=mark, markersize=4, linewidth=1.6, label=text)
    low, high = limits(found)
    for name, loss in baselines(found).items():
        colour, dashes = BASELINES.get(name, ("#CC79A7", "--"))
        text = f"baseline '{name}': {loss:.4g}" + (", above this range" if loss > high else "")
        axes.axhline(loss, color=colour, linestyle=dashes, linewidth=1.3, label=text)
    axes.set_ylim(low, high)
    axes.set_xlabel("epoch")
    axes.set_ylabel("mean squared error of masked values")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)


def limits(found: Pretrained) -> tuple[float, float]:
    """Axis limits around the curves and the best baseline; poor baselines may lie outside."""
    shown = [loss for loss in (*found.losses, *found.validation_losses) if isfinite(loss)]
    shown += list(baselines(found).values())[:1]
    low, high = min(shown, default=0.0), max(shown, default=1.0)
    margin = 0.06 * (high - low) or 0.1
    return low - margin, high + margin


def baselines(found: Pretrained) -> dict[str, float]:
    """Baselines on all validation windows, averaged over modalities, the lowest first."""
    names = dict.fromkeys(name for modality in found.errors for name in found.baselines(modality))
    means = {name: mean(of[name] for of in found.errors.values() if name in of) for name in names}
    return dict(sorted(means.items(), key=lambda item: item[1]))


def caption(found: Pretrained) -> str:
    """The caption."""
    several = " Mean of all modalities." if len(found.errors) > 1 else ""
    unit = "The unit is that of the network's input, squared." + several
    with_validation = (
        f"{found.training_windows} training windows; {found.validation_windows} validation windows of other "
        "recordings, of which up to 128 are evaluated after each epoch. Baselines impute zero, the last visible value, "
        "or a straight line between visible values, on all validation windows. A curve below all of them has learnt "
        "something about the signal."
    )
    without = f"{found.training_windows} training windows; no validation windows."
    return textwrap.fill(f"{with_validation if found.errors else without} {unit}", CAPTION)
