"""The style of plots: colour-blind safe colours (Okabe and Ito) and readable text."""

from __future__ import annotations

from typing import Any

RAW, PROCESSED = "#4d4d4d", "#0072B2"
CLASSES = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#D55E00")
UNLABELLED = "#e3e3e3"
USABLE = "#0072B2"
PROBLEMS = {"NaN": "#D55E00", "constant": "#000000", "too short": "#CC79A7", "missing": "#999999"}
GAP: dict[str, Any] = {"facecolor": "#fbe3d6", "edgecolor": "#D55E00", "hatch": "////", "linewidth": 0.0}
UNITS = {"uV": "µV", "uS": "µS", "degC": "°C"}

STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "hatch.linewidth": 0.5,
    "hatch.color": "#D55E00",
    "lines.linewidth": 0.9,
    "figure.facecolor": "white",
}


def unit(name: str) -> str:
    """A unit with its typographic sign."""
    return UNITS.get(name, name)


def per_hertz(name: str) -> str:
    """The unit of a power spectral density."""
    shown = unit(name)
    simple = shown == "%" or shown.lstrip("°").isalpha()
    return f"{shown if simple else f'({shown})'}²/Hz" if name else "per Hz"
