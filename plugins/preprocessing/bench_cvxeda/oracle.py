"""The problem as the paper writes it, for a general solver: what tests trust, and what runs where numba does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cvxpy
import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from bench.api import Array
    from bench_cvxeda.model import Model


cp: Any = cvxpy  # its annotations leave out what it exports


class Oracle:
    """The problem for signals of one length; `solve` may be called for many of them."""

    def __init__(self, model: Model, n: int) -> None:
        self.model = model
        driver_taps, phasic_taps = model.taps
        self.A, self.M = banded(driver_taps, n, model.first), banded(phasic_taps, n, model.first)
        self.B, self.C = splines(model, n), np.column_stack([np.ones(n), np.arange(1, n + 1) / n])
        self.y, self.alpha = cp.Parameter(n), cp.Parameter(nonneg=True)
        # The state is solved for in units of its driver's peak: the taps grow with the square of the rate.
        self.scale = driver_taps[0]
        self.q, self.l, self.d = cp.Variable(n), cp.Variable(self.B.shape[1]), cp.Variable(2)
        p = (self.A / self.scale) @ self.q
        self.e = cp.Variable(n)
        self.fit = self.e == self.y - (self.M / self.scale) @ self.q - self.B @ self.l - self.C @ self.d
        cost = cp.sum_squares(self.e) / 2 + self.alpha * cp.sum(p) + model.gamma / 2 * cp.sum_squares(self.l)
        self.problem = cp.Problem(cp.Minimize(cost), [self.fit, p[model.first :] >= 0])

    def solve(self, y: Array, alpha: float, tol: float) -> tuple[Array, Array, Array, Array, Array, int]:
        """Driver, phasic, tonic, weights of splines, the dual point, and iterations."""
        self.y.value, self.alpha.value = y, alpha
        tolerances = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), tol)
        self.problem.solve(solver=cp.CLARABEL, **tolerances)
        q = self.q.value / self.scale
        driver = np.maximum(self.A @ q, 0)
        tonic = self.B @ self.l.value + self.C @ self.d.value
        return driver, self.M @ q, tonic, self.l.value, self.e.value, int(self.problem.solver_stats.num_iters)


def banded(taps: Array, n: int, first: int) -> sparse.csr_matrix:
    """Lower-banded Toeplitz, its rows before `first` zero."""
    matrix = sparse.diags(taps, [0, -1, -2], shape=(n, n)).tolil()
    matrix[:first] = 0
    return matrix.tocsr()


def splines(model: Model, n: int) -> sparse.csr_matrix:
    """One column per knot."""
    knots = model.knot * np.arange(model.knots(n))
    return sparse.csr_matrix(model.bump(np.arange(n)[:, None] - knots))
