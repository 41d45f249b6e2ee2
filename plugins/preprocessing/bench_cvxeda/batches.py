"""Signals of one length side by side in the lanes of the compiled solver, and batches of them on threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bench_cvxeda.interior_point import minimise
from bench_cvxeda.model import Solution
from bench_cvxeda.records import FREE, N_REGRESSORS, Problem, pivot_type, sample_type, state_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array
    from bench_cvxeda.model import Model

LANES = 4
MAX_SAMPLES = 50_000  # of a signal in a batch: beyond it, four lanes save little time for four times the memory


def solve(model: Model, signals: Sequence[Array], alphas: Sequence[float], tol: float, threads: int) -> list[Solution]:
    """Solve all signals, each with its own penalty alpha."""
    batches = batches_of([len(y) for y in signals])
    solutions: dict[int, Solution] = {}

    def run(batch: list[int]) -> None:
        found = solve_batch(model, [signals[place] for place in batch], [alphas[place] for place in batch], tol)
        solutions.update(zip(batch, found, strict=True))

    if threads > 1:
        with ThreadPoolExecutor(min(threads, max(1, len(batches)))) as pool:
            list(pool.map(run, batches))
    else:
        for batch in batches:
            run(batch)
    return [solutions[place] for place in range(len(signals))]


def batches_of(lengths: Sequence[int]) -> list[list[int]]:
    """Numbers of signals of one length, the longest first."""
    alike: dict[int, list[int]] = {}
    for place, n in enumerate(lengths):
        alike.setdefault(n, []).append(place)
    batches = []
    for n, places in sorted(alike.items(), reverse=True):
        size = 1 if n > MAX_SAMPLES else LANES
        batches += [places[start : start + size] for start in range(0, len(places), size)]
    return batches


def solve_batch(model: Model, signals: Sequence[Array], alphas: Sequence[float], tol: float) -> list[Solution]:
    """Solve one signal in one lane, or several in four; lanes that are left over repeat the last signal."""
    count, n, first = len(signals), len(signals[0]), model.first
    lanes = 1 if count == 1 else LANES
    y = np.stack([signals[min(lane, count - 1)] for lane in range(lanes)])
    alpha = np.array([alphas[min(lane, count - 1)] for lane in range(lanes)])
    samples, states = aligned(n, sample_type(lanes)), np.zeros(1, state_type(lanes))
    samples["y"], samples["nu"] = y.T, 0.0
    samples["p"], samples["lam"] = 13 / abs(model.tau0 - model.tau1), alpha  # a driver with a spread of ten everywhere
    samples["p"][:first] = samples["lam"][:first] = 0.0
    segments = -(-n // model.knot)
    pivots = np.zeros(segments + N_REGRESSORS, pivot_type(lanes))
    priors = np.full(segments + 3, np.inf)  # of the splines, from the one before the first sample; inf: no such spline
    priors[1 : 1 + model.n_splines(n)] = model.gamma
    coefficients = np.zeros((FREE + segments + 3, lanes))
    # Segments after which the initial state is known well and its effect has decayed; 0 if it is not estimated.
    decayed = int(np.ceil(max(16, 2 * max(model.tau0, model.tau1) * model.rate) / model.knot)) if first else 0
    problem = Problem(
        samples,
        states,
        pivots,
        coefficients,
        np.zeros_like(coefficients),
        alpha,
        float(model.gamma),
        priors,
        spline_basis(model),
        model.state_space,
        first,
        decayed,
        lanes,
    )
    minimise(problem, float(tol))
    driver, tonic = samples["p"].T.copy(), tonic_components(model, coefficients, n)
    phasic = y - tonic - (samples["rho"] + samples["nu"]).T
    gap, iterations = states["relative_gap"][0].tolist(), states["iterations"][0].astype(int).tolist()
    return [Solution(driver[i], phasic[i], tonic[i], gap[i], iterations[i]) for i in range(count)]


def aligned(count: int, dtype: np.dtype[np.void]) -> Array:
    """Uninitialised records that start at a cache line, which is faster for vector instructions."""
    memory = np.empty(count * dtype.itemsize + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + count * dtype.itemsize].view(dtype)


@lru_cache(8)
def spline_basis(model: Model) -> Array:
    """The four splines between two knots, of shape (segment modulo 4, sample, knot modulo 4)."""
    near = [model.spline(np.arange(model.knot) + (1 - number) * model.knot) for number in range(4)]
    return np.stack([np.stack([near[(slot - turn + 1) % 4] for slot in range(4)], axis=1) for turn in range(4)])


def tonic_components(model: Model, coefficients: Array, n: int) -> Array:
    """Offset, slope and splines, of shape (lanes, n)."""
    offset, slope = coefficients[:2, :, None]
    weights = coefficients[FREE:].T[:, :, None]
    segments = weights.shape[1] - 3
    tonic = np.zeros((len(weights), segments, model.knot))
    for number, spline in enumerate(np.ascontiguousarray(spline_basis(model)[1].T)):  # in the order of their knots
        tonic += weights[:, number : number + segments] * spline
    return np.asarray(tonic.reshape(len(weights), -1)[:, :n] + offset + ((2 * np.arange(n) + 1) / n - 1) * slope)
