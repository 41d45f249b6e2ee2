"""Power spectra before and after the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import welch

from bench.cli.plot.envelope import runs
from bench.cli.plot.style import PROCESSED, RAW, per_hertz

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bench.api import Array, Signal

DECADES = 8  # of power that are shown
SHORTEST = 16  # samples of which a spectrum can be told
STEPS = 60  # points per decade of frequency


def spectrum(signal: Signal, seconds: float) -> tuple[Array, Array] | None:
    """Welch's estimate, averaged over channels and intervals without gaps; None if all intervals are too short."""
    values = np.asarray(signal.values, dtype=np.float64)
    known = np.atleast_1d(np.isfinite(values).all(axis=0))
    intervals = [(round(first), round(last)) for first, last in runs(known, np.arange(len(known) + 1))]
    longest = max((last - first for first, last in intervals), default=0)
    width = min(longest // 2, max(SHORTEST, round(seconds * signal.rate)))
    if width < SHORTEST:
        return None
    total, weight, frequencies = np.zeros(width // 2 + 1), 0, np.zeros(0)
    for first, last in intervals:
        if last - first >= width:
            frequencies, power = welch(values[:, first:last], signal.rate, nperseg=width)
            total, weight = total + power.mean(axis=0) * (last - first), weight + last - first
    return thinned(frequencies[2:], (total / weight)[2:])  # the lowest two are those of the mean


def moved(raw: Signal, processed: Signal | None) -> bool:
    """Whether raw and processed signal differ in unit."""
    return processed is not None and processed.unit != raw.unit


def thinned(frequencies: Array, power: Array) -> tuple[Array, Array]:
    """Averages over equal steps of a logarithmic axis, where there are more values than pixels."""
    steps = np.rint(np.log10(frequencies / frequencies[0]) * STEPS)
    starts = np.flatnonzero(np.diff(steps, prepend=-1))
    counts = np.diff(np.append(starts, len(steps)))
    return np.add.reduceat(frequencies, starts) / counts, np.add.reduceat(power, starts) / counts


def draw(axes: Axes, raw: Signal, processed: Signal | None, seconds: float) -> None:
    """Draw both spectra; one in another unit is shifted to meet the raw one at its maximum."""
    before = spectrum(raw, seconds)
    after = spectrum(processed, seconds) if processed else None
    axes.set(xscale="log", yscale="log", xlabel="frequency (Hz)")
    axes.set_title("spectrum", loc="left", color="#444444", pad=3)
    axes.set_ylabel(f"power ({per_hertz(raw.unit)})")
    if before is None or not (before[1] > 0).any():
        axes.text(0.5, 0.5, "too many gaps", transform=axes.transAxes, ha="center", color="#666666")
        return
    frequencies, power = before
    axes.plot(*before, color=RAW, linewidth=2.6 if processed else 1.0, alpha=0.45 if processed else 1.0, label="raw")
    top = power.max()
    if after is not None and (after[1] > 0).any():
        met = 1.0
        if moved(raw, processed):
            met = np.interp(after[0][after[1].argmax()], frequencies, power) / after[1].max()
        axes.plot(after[0], after[1] * met, color=PROCESSED, linewidth=1.1, label="processed")
        top = max(top, float((after[1] * met).max()))
    axes.set_ylim(max(power.min() / 100, top * 10.0**-DECADES), top * 3)
    if processed:
        axes.legend(loc="lower left", frameon=False, fontsize=9, handlelength=1.2)
    axes.grid(True, which="major", color="#e6e6e6", linewidth=0.6)
