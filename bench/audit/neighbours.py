"""Which windows share samples with windows of another part, or touch them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from bench.api import Rows

    Flags = npt.NDArray[np.bool_]

TOLERANCE = 1e-9  # seconds: times closer than this are the same instant


def instants(start: npt.NDArray[Any], stop: npt.NDArray[Any]) -> tuple[Rows, Rows]:
    """Both times as numbers in order of time, equal where the times are the same instant."""
    times, place = np.unique(np.concatenate([start, stop]), return_inverse=True)
    ticks = np.concatenate([[0], np.cumsum(np.diff(times) > TOLERANCE)])[place]
    return ticks[: len(start)], ticks[len(start) :]


class Timeline:
    """Windows of each group (a recording, or a trial of it) in order of time.

    A window shares a sample with a training window of its group if, among those that start before it
    stops, the one that stops last does so after it starts. Group and instant are one number here, so
    that a running maximum over all groups answers this for all windows at once.
    """

    def __init__(self, groups: Rows, start: Rows, stop: Rows) -> None:
        span = int(stop.max(initial=0)) + 1
        self.start, self.stop = groups * span + start, groups * span + stop
        self.order = np.argsort(self.start, kind="stable")
        ordered = self.start[self.order]
        self.before = np.searchsorted(ordered, self.stop, side="left")  # how many start before each window stops
        self.until = np.searchsorted(ordered, self.stop, side="right")  # or at the same instant

    def meetings(self, training: Flags, held: Rows) -> tuple[Flags, Flags]:
        """Whether each held-out window shares samples with a training window, and whether it at least touches one."""
        latest = np.full(len(self.order) + 1, -1, dtype=np.int64)
        np.maximum.accumulate(np.where(training, self.stop, -1)[self.order], out=latest[1:])
        start = self.start[held]
        return latest[self.before[held]] > start, latest[self.until[held]] >= start
