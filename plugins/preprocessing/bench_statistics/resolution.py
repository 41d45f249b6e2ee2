"""Signals at the resolution that a question needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.api import Array


def coarser(rows: Array, rate: float, enough: float) -> tuple[Array, float]:
    """Means of neighbouring samples, as many as leave `enough` samples per second, and the new rate."""
    factor = int(rate / enough)
    if factor < 2 or rows.shape[1] < factor:
        return rows, rate
    count = rows.shape[1] // factor
    blocks = rows[:, : count * factor].reshape(len(rows), count, factor)
    # Slices are added one by one, so that a row is rounded in the same way whatever stands beside it.
    total = blocks[:, :, 0].copy()
    for place in range(1, factor):
        total += blocks[:, :, place]
    return total / factor, rate / factor
