"""Where each number is kept: that of a sample, of what goes from sample to sample, and of an elimination."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench_cvxeda.lanes import inlined

if TYPE_CHECKING:
    Columns = tuple[int, ...]  # its length counts columns: known when a sweep is compiled
    Filter = tuple[float, float, float, float, float]  # rho0, rho1, k0, k1, g

# Columns: splines 0 to 3 (knot number modulo 4), drift, and the filter's first state.
CONSTANT, SLOPE, FREE, ALL = 4, 5, 6, 8
SIX, EIGHT = (0,) * FREE, (0,) * ALL  # with a known first state, and with a free one
# Of a sample, in the order in which sweeps touch them together.
A, PRECISION, K0, K1, INNOVATION, INVERSE, P, RHO, PRODUCT, CORRELATION, LAM, NU, Y = 0, *range(ALL, ALL + 12)
ROW = ALL + 12
# Of the state: covariance, mean, sensitivities to columns, and the information on columns.
P00, P01, P11, M0, M1, Z0 = range(6)
Z1 = Z0 + ALL
ETA = Z1 + ALL
INFORMATION = ETA + ALL
STATE = INFORMATION + ALL * (ALL + 1) // 2
# Of an elimination: mean, weights of the state, weights of other columns.
MEAN, R0, R1, OTHERS = range(4)
RECORD = OTHERS + ALL
# Of the coefficients: drift and first state, then splines from the one before the first sample.
SPLINES = 4


@inlined
def pair(a: int, b: int) -> int:
    """The place of two columns' information."""
    return INFORMATION + (a * (a + 1) // 2 + b if a > b else b * (b + 1) // 2 + a)
