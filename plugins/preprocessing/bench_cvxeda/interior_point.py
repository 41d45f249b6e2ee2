"""A primal-dual interior-point method whose Newton steps are Kalman smoothing, for several signals side by side."""

# The phasic component is a state-space model of dimension two. In a Newton step its driver is white noise of variance
# p / lam per sample, and the observation noise has variance 1. Splines, offset, slope and the initial state of the
# response are regressors: the filter runs on each of them as on the signal (de Jong, The diffuse Kalman filter, Annals
# of Statistics 19:1073, 1991).
#
# The innermost loops run over lanes, which are contiguous in memory, so that LLVM turns them into vector instructions.
# Three habits keep that: the number of lanes is an argument (LLVM unrolls loops over a constant), the number of
# regressors is the length of a tuple (a constant, so that loops over regressors are unrolled), and a maximum is kept as
# a sum of what exceeds it (a conditional store is slow).
#
# All compiled functions are in this module because numba recompiles a function only if its own module has changed.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba as nb
import numpy as np

from bench_cvxeda.records import FREE, INITIAL, N_REGRESSORS, OFFSET, S0, S1, SIZE, SLOPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench_cvxeda.records import Problem

    Function = TypeVar("Function", bound=Callable[..., Any])

STEP = 0.98  # of the way to the boundary
MAX_ITERATIONS = 80  # most signals need 10 to 25
WITHOUT_INITIAL, ALL = (0,) * INITIAL, (0,) * N_REGRESSORS


def jit(function: Function) -> Function:
    """Compile to machine code; products and sums are fused, in vectors as in scalars, and so give the same digits."""
    return cast("Function", nb.njit(function, cache=True, nogil=True, error_model="numpy", fastmath={"contract"}))


@jit
def kalman_filter(problem: Problem, segment: int, predictor: bool, regressors: tuple[int, ...]) -> None:  # noqa: C901
    """Filter the samples of one segment; only the predictor computes covariances and innovations of regressors."""
    samples, state, lanes = problem.samples, problem.states[0], problem.lanes
    (rho0, rho1, k0, k1, g), n, knot = problem.response, len(samples), problem.basis.shape[1]
    for t in range(segment * knot, min(n, (segment + 1) * knot)):
        row = samples[t]
        if predictor:
            if t == problem.first and t > 0:
                for lane in range(lanes):
                    state.joint[S0, INITIAL, lane] = state.joint[S1, INITIAL + 1, lane] = -1.0
            near = problem.basis[segment % 4, t - segment * knot]
            values = (near[0], near[1], near[2], near[3], 1.0, (2 * t + 1) / n - 1, 0.0, 0.0)
            for lane in range(lanes):
                a, b, c = -state.joint[S0, S0, lane], -state.joint[S1, S0, lane], -state.joint[S1, S1, lane]
                variance = row.p[lane] * row.inverse[lane]
                rest = a + 1.0  # variance of the observation without the driver of this sample
                total = rest + variance * (g * g)
                both = 1.0 / (rest * total)
                inverse, precision = total * both, rest * both
                f0, f1 = rho0 * a + b, rho1 * b
                gain0, gain1 = (f0 + variance * (k0 * g)) * precision, (f1 + variance * (k1 * g)) * precision
                c -= b * b * inverse
                a, b = a * inverse, b * inverse
                left = variance * rest * precision  # of the driver's variance; its square never appears and cancels
                d0, d1 = k0 - g * f0 * inverse, k1 - g * f1 * inverse
                low = rho0 * b + c
                state.joint[S0, S0, lane] = -(rho0 * (rho0 * a + b) + low + left * d0 * d0)
                state.joint[S1, S0, lane] = -(rho1 * low + left * d0 * d1)
                state.joint[S1, S1, lane] = -(rho1 * rho1 * c + left * d1 * d1)
                row.precision[lane] = precision
                row.gain0[lane] = gain0
                row.gain1[lane] = gain1
                for one in range(len(regressors)):
                    z0, z1 = state.joint[S0, one, lane], state.joint[S1, one, lane]
                    innovation = values[one] - z0
                    row.innovations[one, lane] = innovation
                    state.joint[S0, one, lane] = rho0 * z0 + z1 + gain0 * innovation
                    state.joint[S1, one, lane] = rho1 * z1 + gain1 * innovation
            for lane in range(lanes):
                for one in range(len(regressors)):
                    weighted = row.innovations[one, lane] * row.precision[lane]
                    for other in range(one + 1):
                        state.joint[one, other, lane] += weighted * row.innovations[other, lane]
        for lane in range(lanes):
            second_order = 0.0 if predictor else row.dp[lane] * row.dlam[lane]
            expected = (state.target[lane] - second_order) * row.inverse[lane] - row.p[lane]  # step of the driver
            m0, m1 = state.mean[S0, lane], state.mean[S1, lane]
            innovation = row.rho[lane] - g * expected - m0
            state.mean[S0, lane] = rho0 * m0 + m1 + k0 * expected + row.gain0[lane] * innovation
            state.mean[S1, lane] = rho1 * m1 + k1 * expected + row.gain1[lane] * innovation
            weighted = innovation * row.precision[lane]
            row.dnu[lane] = weighted
            for one in range(len(regressors)):
                state.mean[one, lane] += row.innovations[one, lane] * weighted


@jit
def smooth(problem: Problem, segment: int, predictor: bool, regressors: tuple[int, ...]) -> None:
    """Smooth the samples of one segment backwards: the step of each variable, and how far the step may go."""
    samples, state, knot = problem.samples, problem.states[0], problem.basis.shape[1]
    rho0, rho1, k0, k1, g = problem.response
    start, stop = segment * knot, min(len(samples), (segment + 1) * knot)
    for back in range(stop - start):
        row = samples[stop - 1 - back]
        for lane in range(problem.lanes):
            regression = row.innovations[0, lane] * state.smoothed[0, lane]
            for one in range(1, len(regressors)):
                regression += row.innovations[one, lane] * state.smoothed[one, lane]
            r0, r1 = state.smoothed[S0, lane], state.smoothed[S1, lane]
            dnu = row.dnu[lane] - row.precision[lane] * regression - row.gain0[lane] * r0 - row.gain1[lane] * r1
            row.dnu[lane] = dnu
            state.smoothed[S0, lane] = dnu + rho0 * r0
            state.smoothed[S1, lane] = r0 + rho1 * r1
            slope = g * dnu + k0 * r0 + k1 * r1
            p, inverse = row.p[lane], row.inverse[lane]
            second_order = 0.0 if predictor else row.dp[lane] * row.dlam[lane]
            dp = (state.target[lane] - second_order) * inverse - p + p * inverse * slope
            dlam = -slope if inverse > 0.0 else 0.0
            row.dp[lane] = dp
            row.dlam[lane] = dlam
            state.primal_ratio[lane] += max(0.0, -dp / p - state.primal_ratio[lane])
            state.dual_ratio[lane] += max(0.0, slope * inverse - state.dual_ratio[lane])
            state.primal_change[lane] += dp * row.lam[lane]
            state.dual_change[lane] += p * dlam
            state.both_change[lane] += dp * dlam


@jit
def eliminate(problem: Problem, slot: int, number: int, predictor: bool) -> None:
    """Schur complement with respect to the regressor in a slot, which nothing later depends on."""
    state, pivot = problem.states[0], problem.pivots[number]
    for lane in range(problem.lanes):
        if predictor:
            for i in range(SIZE):
                pivot.row[i, lane] = state.joint[max(i, slot), min(i, slot), lane] / state.joint[slot, slot, lane]
            pivot.row[slot, lane] = 1.0 / state.joint[slot, slot, lane]
            for i in range(SIZE):
                value = state.joint[max(i, slot), min(i, slot), lane]
                for j in range(i + 1):
                    if slot not in (i, j):
                        state.joint[i, j, lane] -= value * pivot.row[j, lane]
            for i in range(SIZE):
                state.joint[max(i, slot), min(i, slot), lane] = 0.0
        mean = state.mean[slot, lane]
        pivot.mean[lane] = mean * pivot.row[slot, lane]
        for i in range(SIZE):
            state.mean[i, lane] -= pivot.row[i, lane] * mean
        state.mean[slot, lane] = 0.0


@jit
def recover(problem: Problem, slot: int, number: int) -> None:
    """The coefficient of an eliminated regressor, from what was eliminated later."""
    state, pivot = problem.states[0], problem.pivots[number]
    for lane in range(problem.lanes):
        value = pivot.mean[lane]
        for i in range(SIZE):
            if i != slot:
                value -= pivot.row[i, lane] * state.smoothed[i, lane]
        state.smoothed[slot, lane] = value


@jit
def forward(problem: Problem, segments: int, predictor: bool) -> None:
    """Filter from the first sample to the last; at each knot, a new spline takes the slot of the oldest."""
    state, priors, decayed = problem.states[0], problem.priors, problem.decayed
    state.mean[:] = 0.0
    if predictor:
        state.joint[:] = 0.0
        for slot in range(4):
            state.joint[slot, slot, :] = priors[(slot + 1) % 4]
    for segment in range(segments):
        slot = (segment + 2) % 4
        if segment > 0:
            eliminate(problem, slot, segment, predictor)
            if predictor:
                state.joint[slot, slot, :] = priors[segment + 3]
            for initial in range(INITIAL, N_REGRESSORS if segment == decayed else INITIAL):
                eliminate(problem, initial, segments + initial, predictor)
        if segment < decayed:
            kalman_filter(problem, segment, predictor, ALL)
        else:
            kalman_filter(problem, segment, predictor, WITHOUT_INITIAL)
    for last in range(N_REGRESSORS if segments <= decayed else INITIAL):
        eliminate(problem, last, segments + last, predictor)


@jit
def backward(problem: Problem, segments: int, predictor: bool) -> None:
    """Smooth from the last sample to the first, which gives the full step of all variables."""
    state, change, decayed = problem.states[0], problem.change, problem.decayed
    state.smoothed[:] = 0.0
    state.primal_ratio[:] = state.dual_ratio[:] = 0.0
    state.primal_change[:] = state.dual_change[:] = state.both_change[:] = 0.0
    for last in range((N_REGRESSORS if segments <= decayed else INITIAL) - 1, -1, -1):
        recover(problem, last, segments + last)
    for segment in range(segments - 1, -1, -1):
        if segment < decayed:
            smooth(problem, segment, predictor, ALL)
        else:
            smooth(problem, segment, predictor, WITHOUT_INITIAL)
        if segment > 0:
            for initial in range((N_REGRESSORS if segment == decayed else INITIAL) - 1, INITIAL - 1, -1):
                recover(problem, initial, segments + initial)
            slot = (segment + 2) % 4
            change[FREE + segment + 3] = state.smoothed[slot]
            recover(problem, slot, segment)
    for number in range(4):
        change[number] = state.smoothed[OFFSET + number]
        change[FREE + number] = state.smoothed[(number + 3) % 4]


@jit
def update_segment(problem: Problem, segment: int) -> None:
    """The new point and its residual, computed from scratch so that rounding errors do not accumulate."""
    samples, state, weights = problem.samples, problem.states[0], problem.states[0].weights
    (rho0, rho1, k0, k1, g), n, knot = problem.response, len(samples), problem.basis.shape[1]
    for t in range(segment * knot, min(n, (segment + 1) * knot)):
        row = samples[t]
        if t == problem.first:
            state.s0[:], state.s1[:] = problem.coefficients[2], problem.coefficients[3]
        near, position = problem.basis[segment % 4, t - segment * knot], (2 * t + 1) / n - 1
        b0, b1, b2, b3 = near[0], near[1], near[2], near[3]
        for lane in range(problem.lanes):
            primal, dual = state.primal_step[lane], state.dual_step[lane]
            p = row.p[lane] + (primal * row.dp[lane] if primal > 0.0 else 0.0)
            lam = row.lam[lane] + (dual * row.dlam[lane] if dual > 0.0 else 0.0)
            nu = row.nu[lane] + (dual * row.dnu[lane] if dual > 0.0 else 0.0)
            row.p[lane] = p
            row.lam[lane] = lam
            row.nu[lane] = nu
            row.inverse[lane] = 1.0 / lam if lam > 0.0 else 0.0
            s0, s1 = state.s0[lane], state.s1[lane]
            splines = b0 * weights[0, lane] + b1 * weights[1, lane] + b2 * weights[2, lane] + b3 * weights[3, lane]
            residual = row.y[lane] - (s0 + g * p) - splines - weights[OFFSET, lane] - position * weights[SLOPE, lane]
            rho = residual - nu
            row.rho[lane] = rho
            state.s0[lane], state.s1[lane] = rho0 * s0 + s1 + k0 * p, rho1 * s1 + k1 * p
            state.gap[lane] += p * lam
            state.infeasibility[lane] += rho * rho
            state.squares[lane] += residual * residual
            state.driver[lane] += p


@jit
def update(problem: Problem, segments: int) -> None:
    """Take the step. A lane whose steps are 0 has converged and stays as it is.

    Spline weights follow the dual variable of the residual, hence its step; what has no penalty follows the driver.
    """
    state, coefficients = problem.states[0], problem.coefficients
    for number in range(len(coefficients)):
        for lane in range(problem.lanes):
            length = state.primal_step[lane] if number < FREE else state.dual_step[lane]
            coefficients[number, lane] += length * problem.change[number, lane] if length > 0.0 else 0.0
    state.s0[:] = state.s1[:] = state.gap[:] = state.infeasibility[:] = state.squares[:] = state.driver[:] = 0.0
    for segment in range(segments):
        for near in range(4):
            state.weights[(segment + near + 3) % 4] = coefficients[FREE + segment + near]
        state.weights[OFFSET], state.weights[SLOPE] = coefficients[0], coefficients[1]
        update_segment(problem, segment)


@jit
def minimise(problem: Problem, tol: float) -> None:
    """Mehrotra's predictor and corrector, until the relative duality gap of every lane is at most tol."""
    state, lanes = problem.states[0], problem.lanes
    n, knot = len(problem.samples), problem.basis.shape[1]
    segments = (n + knot - 1) // knot
    update(problem, segments)
    for iteration in range(MAX_ITERATIONS + 1):
        for lane in range(lanes):
            if state.converged[lane] == 0.0:
                penalty = problem.gamma * np.sum(problem.coefficients[FREE:, lane] ** 2)
                objective = 0.5 * (state.squares[lane] + penalty) + problem.alpha[lane] * state.driver[lane]
                state.relative_gap[lane] = (state.gap[lane] + 0.5 * state.infeasibility[lane]) / objective
                state.converged[lane] = 1.0 if state.relative_gap[lane] <= tol else 0.0
                state.iterations[lane] = iteration
        if state.converged.sum() == lanes or iteration == MAX_ITERATIONS:
            break
        state.target[:] = 0.0
        forward(problem, segments, True)
        backward(problem, segments, True)
        for lane in range(lanes):
            primal, dual = min(1.0, 1 / state.primal_ratio[lane]), min(1.0, 1 / state.dual_ratio[lane])
            gap = state.gap[lane]
            ahead = (
                gap
                + primal * state.primal_change[lane]
                + dual * (state.dual_change[lane] + primal * state.both_change[lane])
            )
            state.target[lane] = (ahead / gap) ** 3 * gap / (n - problem.first)
        forward(problem, segments, False)
        backward(problem, segments, False)
        for lane in range(lanes):
            going = state.converged[lane] == 0.0
            state.primal_step[lane] = min(1.0, STEP / state.primal_ratio[lane]) if going else 0.0
            state.dual_step[lane] = min(1.0, STEP / state.dual_ratio[lane]) if going else 0.0
        update(problem, segments)
