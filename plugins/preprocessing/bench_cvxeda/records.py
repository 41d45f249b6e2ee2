"""The data of the compiled solver: structured arrays whose fields hold one number per lane, a lane being a signal."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array

# Regressors: splines 0 to 3 (knot number modulo 4), offset, slope, and the initial state of the response.
OFFSET, SLOPE, INITIAL, N_REGRESSORS = 4, 5, 6, 8
# In the fields `joint`, `mean` and `smoothed`, the two numbers of the state of the response follow.
S0, S1, SIZE = 8, 9, 10
# In the coefficients, offset, slope and initial state come first, and the splines follow.
FREE = 4


class Problem(NamedTuple):
    """Signals of one length, side by side."""

    samples: Array  # of sample_type
    states: Array  # one of state_type
    pivots: Array  # of pivot_type, one per eliminated regressor
    coefficients: Array
    change: Array  # of the coefficients in a full step
    alpha: Array  # penalty of the driver, per lane
    gamma: float  # penalty of the splines
    priors: Array  # gamma for each spline from the one before the first sample, inf for those that do not exist
    basis: Array  # splines, of shape (segment modulo 4, sample of the segment, regressor)
    response: tuple[float, float, float, float, float]  # Model.state_space
    first: int  # Model.first
    decayed: int  # the segment from which the initial state of the response has no effect; 0: it is not estimated
    lanes: int


def fields(names: str, lanes: int) -> list[tuple[Any, ...]]:
    """Fields with one number per lane."""
    return [(name, "f8", (lanes,)) for name in names.split()]


@lru_cache
def sample_type(lanes: int) -> np.dtype[np.void]:
    """The signal and the variables at one sample, and what the Kalman filter leaves for the smoother.

    p is the driver, lam its multiplier, nu the dual variable of the residual; dp, dlam and dnu are their steps.
    `inverse` is 1 / lam, and 0 where there is no driver; rho is the residual minus nu.
    """
    kalman = [("innovations", "f8", (N_REGRESSORS, lanes)), *fields("precision gain0 gain1", lanes)]
    return np.dtype([*kalman, *fields("y p dp lam dlam inverse nu dnu rho", lanes)])


@lru_cache
def state_type(lanes: int) -> np.dtype[np.void]:
    """What is carried from sample to sample, and from iteration to iteration."""
    arrays = [
        ("joint", "f8", (SIZE, SIZE, lanes)),  # lower triangle: information, effects on the state, minus its covariance
        ("mean", "f8", (SIZE, lanes)),
        ("smoothed", "f8", (SIZE, lanes)),  # coefficients of the regressors, and the adjoint of the state
        ("weights", "f8", (INITIAL, lanes)),  # coefficients of the regressors at the current point
    ]
    smoother = fields("target primal_ratio dual_ratio primal_change dual_change both_change", lanes)
    point = fields("primal_step dual_step s0 s1 gap infeasibility squares driver", lanes)
    return np.dtype([*arrays, *smoother, *point, *fields("relative_gap iterations converged", lanes)])


@lru_cache
def pivot_type(lanes: int) -> np.dtype[np.void]:
    """The row and the mean of an eliminated regressor, divided by its diagonal; `row` has 1 / diagonal in its place."""
    return np.dtype([("row", "f8", (SIZE, lanes)), ("mean", "f8", (lanes,))])
