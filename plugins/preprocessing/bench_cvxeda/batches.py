"""Solutions by Kalman smoothing, several signals of one length side by side, and batches of them on threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bench_cvxeda.layout import ROW, SPLINES
from bench_cvxeda.newton import iterate
from bench_cvxeda.packing import pack, unpack
from bench_cvxeda.solution import Line, Solutions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array
    from bench_cvxeda.model import Model

LANES = 4
LONG = 50_000  # samples, above which lanes save little time for four times the memory
MOST = 80  # iterations; 25 are many


@dataclass(frozen=True)
class Batch:
    """Signals of one length, by their place among those given."""

    places: Sequence[int]
    lanes: int


def solve(model: Model, signals: Sequence[Array], tol: float, threads: int) -> Solutions:
    """Batches of lanes, each thread in memory of its own."""
    solutions, lines = Solutions.empty(signals), [Line.of(y) for y in signals]
    for place, line in enumerate(lines):
        if not line.spread:
            nothing = np.zeros(line.samples)
            solutions.fill(place, signals[place], line, nothing, nothing, nothing)
    batches = batches_of(signals, [place for place, line in enumerate(lines) if line.spread])
    workers = max(1, min(int(threads), len(batches)))
    largest = max((len(signals[batch.places[0]]) * batch.lanes for batch in batches), default=0)
    memories = [aligned(largest * (ROW + 3)) for _ in range(workers)]
    solver = Solver(model, tol, signals, lines, solutions)

    def one(batch: Batch) -> None:
        memory = memories.pop()
        solver.solve(batch, memory)
        memories.append(memory)

    with ThreadPoolExecutor(workers) as pool:
        list((pool.map if workers > 1 else map)(one, batches))
    return solutions


def batches_of(signals: Sequence[Array], places: Sequence[int]) -> list[Batch]:
    """Those of one length together, the longest first."""
    lengths: dict[int, list[int]] = {}
    for place in places:
        lengths.setdefault(len(signals[place]), []).append(place)
    batches = []
    for n, alike in sorted(lengths.items(), reverse=True):
        for start in range(0, len(alike), LANES):
            some = alike[start : start + LANES]
            alone = n > LONG or len(some) == 1
            batches += [Batch([place], 1) for place in some] if alone else [Batch(some, LANES)]
    return batches


def aligned(numbers: int) -> Array:
    """Memory that starts where a line of the cache does."""
    memory = np.empty(numbers + 8)
    start = -memory.ctypes.data % 64 // 8
    return memory[start : start + numbers]


@lru_cache(8)
def splines(model: Model) -> Array:
    """The four splines alive between two knots, by knot number modulo 4 of the segment, and of the spline."""
    bumps = [model.bump(np.arange(model.knot) + (1 - near) * model.knot) for near in range(4)]
    return np.stack([np.stack([bumps[(slot - turn + 1) % 4] for slot in range(4)], axis=1) for turn in range(4)])


@dataclass(frozen=True)
class Solver:
    """What all batches of a call share."""

    model: Model
    tol: float
    signals: Sequence[Array]
    lines: Sequence[Line]
    solutions: Solutions

    def solve(self, batch: Batch, memory: Array) -> None:
        """One batch; lanes that are left over repeat the last signal."""
        model, lanes, n = self.model, batch.lanes, len(self.signals[batch.places[0]])
        segments, first, table = -(-n // model.knot), model.first, splines(model)
        work, parts = memory[: n * ROW * lanes], memory[n * ROW * lanes :][: 3 * n * lanes].reshape(3, lanes, n)
        places = [batch.places[min(lane, len(batch.places) - 1)] for lane in range(lanes)]
        for scaled, place in zip(parts[0], places, strict=True):
            line = self.lines[place]
            np.divide(self.signals[place] - line.values, line.spread, out=scaled)
        alpha = model.alpha / np.array([self.lines[place].spread for place in places])
        prior = np.full(segments + 3, np.inf)  # of splines' weights, from the one before the first sample: 0 where
        prior[1 : 1 + model.knots(n)] = model.gamma  # there is none
        slowest = max(16, 2 * max(model.tau0, model.tau1) * model.rate)  # samples that tell the first state well
        known_after, filt = int(np.ceil(slowest / model.knot)), model.state_space
        coefficients, outcome = np.zeros((SPLINES + segments + 3) * lanes), np.zeros((4, lanes))
        start = 13 / abs(model.tau0 - model.tau1)  # a driver of ten spreads all the time
        pack(work, parts[0], start, alpha, first)
        iterate(work, coefficients, outcome, alpha, table, prior, float(model.gamma), filt, first, known_after,
                float(self.tol), MOST, (0,) * lanes)  # fmt: skip
        unpack(work, coefficients, parts, table, filt, first)
        for lane, place in enumerate(batch.places):
            self.solutions.fill(place, self.signals[place], self.lines[place], *parts[:, lane])
            self.solutions.gap[place] = outcome[0, lane] / outcome[1, lane]
            self.solutions.iterations[place], self.solutions.converged[place] = outcome[2:, lane]
