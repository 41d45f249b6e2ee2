"""Gaps: the finite stretches of a channel, and the short gaps between them that are bridged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from bench.api import Range

if TYPE_CHECKING:
    from bench.api import Array

    Spans = list[tuple[int, int]]

Bridge = Annotated[
    float,
    Range(0, 60),
    "gaps of at most so many seconds are bridged by a straight line, and stay missing in the result",
]
#: A lost sample or packet does not start a filter anew; at 4 samples per second it is two samples.
BRIDGE = 0.5


def copied(values: Array) -> Array:
    """Values as (channels, time) in double precision, to be worked on in place, NaN where they are not finite."""
    copy = np.array(values, dtype=np.float64, ndmin=2)
    for channel in copy:
        channel[np.isinf(channel)] = np.nan
    return copy


def bridged(channel: Array, longest: float) -> tuple[Array, Spans, Spans]:
    """Its samples, the stretches to be worked on by themselves, and the gaps inside them that were filled.

    A gap of so many samples or fewer is filled, in a copy, by a straight line from the last sample before to the first
    after; the caller makes what comes out there missing again. Longer gaps lie between stretches, and are never filled.
    """
    samples = np.asarray(channel, dtype=np.float64)
    known = np.isfinite(samples)
    if known.all():
        return samples, ([(0, len(samples))] if len(samples) else []), []
    samples = samples.copy()
    edges = np.flatnonzero(np.diff(known, prepend=False, append=False)).tolist()
    stretches: Spans = []
    filled: Spans = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stretches and start - stretches[-1][1] <= longest:
            first, last = stretches[-1][1], start
            samples[first - 1 : last + 1] = np.linspace(samples[first - 1], samples[last], last - first + 2)
            filled.append((first, last))
            stretches[-1] = (stretches[-1][0], stop)
        else:
            stretches.append((start, stop))
    return samples, stretches, filled
