"""Windows that share samples with windows of another part, or touch them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from bench.api import Rows

    Flags = npt.NDArray[np.bool_]

TOLERANCE = 1e-9  # seconds; times that differ by less are the same instant


def instants(start: npt.NDArray[Any], stop: npt.NDArray[Any]) -> tuple[Rows, Rows]:
    """Both times as integers in order of time, equal where the times are the same instant."""
    times, index = np.unique(np.concatenate([start, stop]), return_inverse=True)
    ticks = np.concatenate([[0], np.cumsum(np.diff(times) > TOLERANCE)])[index]
    return ticks[: len(start)], ticks[len(start) :]


class Timeline:
    """Windows of each group (a recording, or a trial of it) in order of time.

    A window shares a sample with a training window of its group if, among those that start before it stops, the one
    that stops last stops after it starts. Group and instant are combined into one integer, so that a running maximum
    over all groups answers this for all windows at once.
    """

    def __init__(self, groups: Rows, start: Rows, stop: Rows) -> None:
        span = int(stop.max(initial=0)) + 1
        self.start, self.stop = groups * span + start, groups * span + stop
        self.order = np.argsort(self.start, kind="stable")
        ordered = self.start[self.order]
        self.before = np.searchsorted(ordered, self.stop, side="left")  # how many start before each window stops
        self.until = np.searchsorted(ordered, self.stop, side="right")  # or at the same instant

    def overlaps(self, train: Flags, test: Rows) -> tuple[Flags, Flags]:
        """Whether each test window shares samples with a training window, and whether it touches or shares."""
        latest = np.full(len(self.order) + 1, -1, dtype=np.int64)
        np.maximum.accumulate(np.where(train, self.stop, -1)[self.order], out=latest[1:])
        start = self.start[test]
        return latest[self.before[test]] > start, latest[self.until[test]] >= start
