"""The problem as the paper states it, solved by cvxpy: the reference of the tests, and the solver without numba."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cvxpy
import numpy as np
from scipy import signal, sparse

from bench_cvxeda.model import Solution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array
    from bench_cvxeda.model import Model


cp: Any = cvxpy  # its annotations leave out what it exports


def solve(model: Model, signals: Sequence[Array], alphas: Sequence[float], tol: float, threads: int) -> list[Solution]:
    """Solve one signal after the other with its own penalty alpha; cvxpy compiles a problem once per length."""
    del threads  # the solver keeps the interpreter's lock
    problems: dict[int, Problem] = {}
    solutions = []
    for y, alpha in zip(signals, alphas, strict=True):
        if len(y) not in problems:
            problems[len(y)] = Problem(model, len(y))
        driver, phasic, tonic, weights, dual, iterations = problems[len(y)].solve(y, alpha, tol / 1000)
        gap = relative_gap(replace(model, alpha=alpha), y, (driver, phasic, tonic), weights, dual)
        solutions.append(Solution(driver, phasic, tonic, gap, iterations))
    return solutions


class Problem:
    """The quadratic program for signals of one length; `solve` may be called for many of them."""

    def __init__(self, model: Model, n: int) -> None:
        self.model = model
        ar, ma = model.arma
        self.A, self.M = banded(ar, n, model.first), banded(ma, n, model.first)
        self.B, self.C = spline_matrix(model, n), np.column_stack([np.ones(n), np.arange(1, n + 1) / n])
        self.y, self.alpha = cp.Parameter(n), cp.Parameter(nonneg=True)
        self.scale = ar[0]  # q is solved for in units of the driver, since `ar` grows with the square of the rate
        self.q, self.l, self.d = cp.Variable(n), cp.Variable(self.B.shape[1]), cp.Variable(2)
        p = (self.A / self.scale) @ self.q
        self.e = cp.Variable(n)
        fit = self.e == self.y - (self.M / self.scale) @ self.q - self.B @ self.l - self.C @ self.d
        cost = cp.sum_squares(self.e) / 2 + self.alpha * cp.sum(p) + model.gamma / 2 * cp.sum_squares(self.l)
        self.problem = cp.Problem(cp.Minimize(cost), [fit, p[model.first :] >= 0])

    def solve(self, y: Array, alpha: float, tol: float) -> tuple[Array, Array, Array, Array, Array, int]:
        """Driver, phasic, tonic, spline weights, the dual point (the residual), and the number of iterations."""
        self.y.value, self.alpha.value = y, alpha
        tolerances = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), tol)
        self.problem.solve(solver=cp.CLARABEL, **tolerances)
        q = self.q.value / self.scale
        driver = np.maximum(self.A @ q, 0)
        tonic = self.B @ self.l.value + self.C @ self.d.value
        return driver, self.M @ q, tonic, self.l.value, self.e.value, int(self.problem.solver_stats.num_iters)


def relative_gap(model: Model, y: Array, components: tuple[Array, Array, Array], weights: Array, dual: Array) -> float:
    """Relative duality gap of driver, phasic and tonic, for any dual point; the better that point, the tighter the gap.

    The dual point is first made feasible: orthogonal to everything without a penalty (offset, slope, initial state),
    and scaled down until the constraint of the nonnegative driver holds.
    """
    driver, phasic, tonic = components
    n, first, (ar, ma) = len(y), model.first, model.arma
    residual = y - phasic - tonic
    primal = residual @ residual / 2 + model.alpha * driver.sum() + model.gamma / 2 * weights @ weights
    free = [np.ones(n), np.linspace(-1, 1, n)]
    free += [
        np.concatenate([np.zeros(first), signal.lfilter(ma, ar, np.zeros(n - first), zi=state)[0]])
        for state in np.eye(2)[:first]
    ]
    basis = np.linalg.qr(np.column_stack(free))[0]
    dual = dual - basis @ (basis.T @ dual)
    largest = signal.lfilter(ma, ar, dual[first:][::-1]).max()
    dual = dual * min(1.0, model.alpha / max(largest, 1e-300))
    pull = spline_matrix(model, n).T @ dual
    bound = dual @ y - dual @ dual / 2 - pull @ pull / (2 * model.gamma)
    return float((primal - bound) / primal)


def banded(coefficients: Array, n: int, first: int) -> sparse.csr_matrix:
    """Lower-banded Toeplitz matrix with zeros in the rows before `first`."""
    matrix = sparse.diags(coefficients, [0, -1, -2], shape=(n, n)).tolil()
    matrix[:first] = 0
    return matrix.tocsr()


def spline_matrix(model: Model, n: int) -> sparse.csr_matrix:
    """One column per spline."""
    knots = model.knot * np.arange(model.n_splines(n))
    return sparse.csr_matrix(model.spline(np.arange(n)[:, None] - knots))
