"""An interior point method (Mehrotra's predictor and corrector) whose Newton steps are Kalman smoothing."""

# ruff: noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_cvxeda.backward import backward
from bench_cvxeda.forward import correct, predict
from bench_cvxeda.lanes import jit
from bench_cvxeda.layout import ALL, RECORD, ROW, SPLINES, STATE
from bench_cvxeda.residual import update

if TYPE_CHECKING:
    from bench.api import Array
    from bench_cvxeda.lanes import Lanes
    from bench_cvxeda.layout import Filter

STEP = 0.98  # of the way to the boundary


@jit
def iterate(
    work: Array,
    coefficients: Array,
    outcome: Array,
    alpha: Array,
    table: Array,
    prior: Array,
    gamma: float,
    filt: Filter,
    first: int,
    known_after: int,
    tol: float,
    most: int,
    lanes: Lanes,
) -> None:
    """Until the relative duality gap of every lane is at most tol; outcome: gap, objective, iterations, converged."""
    count, knot = len(lanes), table.shape[1]
    n = len(work) // (ROW * count)
    segments = (n + knot - 1) // knot
    state, u, r, s = np.empty(STATE * count), np.empty(ALL * count), np.empty(2 * count), np.empty(8 * count)
    records, change, sums = np.empty((segments + 10) * RECORD * count), np.zeros(len(coefficients)), np.empty(5 * count)
    target, primal, dual, gap = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count)
    outcome[:] = 0.0
    update(work, coefficients, change, primal, dual, target, s, sums, table, filt, first, lanes)
    for iteration in range(most + 1):
        busy = False
        for lane in range(count):
            if outcome[3, lane] == 0.0:
                weights = 0.0
                for place in range(SPLINES * count + lane, len(coefficients), count):
                    weights += coefficients[place] ** 2
                gap[lane], misses, squares, total = sums[lane::count][:4]
                outcome[0, lane] = gap[lane] + 0.5 * misses
                outcome[1, lane] = 0.5 * squares + alpha[lane] * total + 0.5 * gamma * weights
                outcome[2, lane] = iteration
                outcome[3, lane] = 1.0 if outcome[0, lane] <= tol * outcome[1, lane] else 0.0
                busy = busy or outcome[3, lane] == 0.0
        if not busy or iteration == most:
            break
        target[:] = 0.0
        predict(work, state, records, table, prior, filt, first, known_after, lanes)
        backward(work, records, change, u, r, sums, target, knot, filt, first, known_after, True, lanes)
        for lane in range(count):
            ap, ad = min(1.0, 1 / sums[lane]), min(1.0, 1 / sums[count + lane])
            falling, rising, product = sums[2 * count + lane], sums[3 * count + lane], sums[4 * count + lane]
            ahead = gap[lane] - ad * falling + ap * rising - ap * ad * product
            target[lane] = (ahead / gap[lane]) ** 3 * gap[lane] / (n - first)
        correct(work, state, records, target, knot, filt, first, known_after, lanes)
        backward(work, records, change, u, r, sums, target, knot, filt, first, known_after, False, lanes)
        for lane in range(count):
            going = outcome[3, lane] == 0.0
            primal[lane] = min(1.0, STEP / sums[lane]) if going else 0.0
            dual[lane] = min(1.0, STEP / sums[count + lane]) if going else 0.0
        update(work, coefficients, change, primal, dual, target, s, sums, table, filt, first, lanes)
