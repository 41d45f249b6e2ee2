"""Signals over time; several channels are stacked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bench.cli.plot.envelope import envelope
from bench.cli.plot.style import GAP, unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bench.api import Array, Signal
    from bench.cli.plot.envelope import Envelope

SHOWN = 6  # channels, when there are more
NARROW = 0.003  # of the width: a gap is drawn no narrower, so that it is seen


def shown_channels(signal: Signal) -> list[int]:
    """All channels, or an even selection."""
    count = signal.values.shape[0]
    return list(range(count)) if count <= SHOWN else np.linspace(0, count - 1, SHOWN).round().astype(int).tolist()


def same_channels(raw: Signal, after: Signal | None) -> Signal:
    """The channels that remain after the steps, so that both plots show the same ones."""
    if after is None or not after.channels or not set(after.channels) <= set(raw.channels):
        return raw
    places = [raw.channels.index(name) for name in after.channels]
    return replace(raw, values=raw.values[places], channels=after.channels)


def draw(
    axes: Axes, signal: Signal, span: tuple[float, float], colour: str, scale: float = 1.0, name: str = ""
) -> None:
    """Draw a part of a signal; time is divided by `scale`."""
    channels = shown_channels(signal)
    seen = envelope(signal, channels, *span)
    for begin, end in seen.gaps:
        stop = max(end, begin + NARROW * (span[1] - span[0]))
        axes.axvspan(begin / scale, stop / scale, zorder=0, **GAP)
    if len(channels) == 1:
        trace(axes, seen, 0, 0.0, colour, scale, name)
        axes.locator_params(axis="y", nbins=4)
        return
    names = signal.channels or tuple(map(str, range(signal.values.shape[0])))
    middles, distance = stacked(seen)
    for row in range(len(channels)):
        trace(axes, seen, row, -middles[row] - row * distance, colour, scale)
    axes.set_yticks([-row * distance for row in range(len(channels))], [shortened(names[place]) for place in channels])
    axes.set_ylim(-(len(channels) - 0.3) * distance, 0.9 * distance)


def trace(axes: Axes, seen: Envelope, row: int, shift: float, colour: str, scale: float, name: str = "") -> None:
    """Draw a line, or the area between minimum and maximum where there are many samples."""
    low, high = seen.low[row] + shift, seen.high[row] + shift
    if seen.low is seen.high:
        axes.plot(seen.time[:-1] / scale, low, color=colour, linewidth=0.9, label=name)
    else:
        axes.fill_between(seen.time[:-1] / scale, low, high, color=colour, linewidth=0.7, label=name)


def stacked(seen: Envelope) -> tuple[Array, float]:
    """The centre of each channel, and the distance between channels."""
    middles, reaches = np.zeros(len(seen.low)), [0.0]
    for row, (low, high) in enumerate(zip(seen.low, seen.high, strict=True)):
        known = np.isfinite(low)
        if known.any():
            middles[row] = np.median((low + high)[known]) / 2
            reaches.append(float(np.percentile(high[known], 99.5) - np.percentile(low[known], 0.5)))
    return middles, max(float(np.median(reaches[1:] or reaches)) * 1.15, 1e-12)


def label(modality: str, signal: Signal) -> str:
    """The label of the axis of a signal."""
    return f"{modality} ({unit(signal.unit)})" if signal.unit else modality


def counted(signal: Signal) -> str:
    """The number of channels drawn, if not all."""
    count = signal.values.shape[0]
    return f", {SHOWN} of {count} channels" if count > SHOWN else ""


def shortened(name: str) -> str:
    return name if len(name) <= 10 else f"{name[:9]}…"
