"""The Kalman filter and smoother of a Newton step, over samples on which the same splines are alive."""

# The driver p of the phasic component is white with variance v = p / lam, the noise has variance 1, and the filter
# between them has two poles, so that one Kalman filter factors the problem. Splines, drift and the filter's first
# state ride along as columns: the sensitivity (z0, z1) of the state to each coefficient, and the information on them.

# ruff: noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench_cvxeda.lanes import at, inlined, inner, put
from bench_cvxeda.layout import (
    CONSTANT,
    CORRELATION,
    ETA,
    FREE,
    INFORMATION,
    INNOVATION,
    INVERSE,
    K0,
    K1,
    M0,
    M1,
    P00,
    P01,
    P11,
    PRECISION,
    PRODUCT,
    RHO,
    ROW,
    SLOPE,
    Z0,
    Z1,
    A,
    P,
)

if TYPE_CHECKING:
    from bench.api import Array
    from bench_cvxeda.lanes import Lanes
    from bench_cvxeda.layout import Columns, Filter


@inlined
def column(
    work: Array,
    row: int,
    state: Array,
    one: int,
    value: float,
    gain0: Any,
    gain1: Any,
    innovation: Any,
    filt: Filter,
    lanes: Lanes,
) -> None:
    """What a sample does to the sensitivity to one coefficient, and what it says about it."""
    rho0, rho1, _, _, _ = filt
    z0, z1 = at(state, Z0 + one, lanes), at(state, Z1 + one, lanes)
    residual = value - z0
    put(work, row + A + one, residual, lanes)
    put(state, Z0 + one, rho0 * z0 + z1 + gain0 * residual, lanes)
    put(state, Z1 + one, rho1 * z1 + gain1 * residual, lanes)
    put(state, ETA + one, at(state, ETA + one, lanes) + residual * innovation, lanes)


@inner
def factor(
    work: Array,
    start: int,
    stop: int,
    state: Array,
    table: Array,
    filt: Filter,
    columns: Columns,
    lanes: Lanes,
) -> None:
    """Covariance, gains, columns and the information on them; and the mean, for the target of a predictor."""
    rho0, rho1, k0, k1, g = filt
    samples, knot = len(work) // (ROW * len(lanes)), table.shape[1]
    segment = start // knot
    near, before = table[segment % 4], segment * knot
    a, b, c = at(state, P00, lanes), at(state, P01, lanes), at(state, P11, lanes)
    m0, m1 = at(state, M0, lanes), at(state, M1, lanes)
    for sample in range(start, stop):
        row = sample * ROW
        p = at(work, row + P, lanes)
        v = p * at(work, row + INVERSE, lanes)
        s0 = a + 1.0  # the variance of the observation without, and s with the driver of this sample
        s = s0 + v * (g * g)
        both = 1.0 / (s0 * s)
        i0, precision = s * both, s0 * both
        f0, f1 = rho0 * a + b, rho1 * b
        gain0, gain1 = (f0 + v * (k0 * g)) * precision, (f1 + v * (k1 * g)) * precision
        c = c - b * b * i0
        a, b = a * i0, b * i0
        w = v * s0 * precision  # so that v squared is never computed and taken away again
        d0, d1 = k0 - g * f0 * i0, k1 - g * f1 * i0
        low = rho0 * b + c
        a = rho0 * (rho0 * a + b) + low + w * d0 * d0
        b = rho1 * low + w * d0 * d1
        c = (rho1 * rho1) * c + w * d1 * d1
        innovation = at(work, row + RHO, lanes) + g * p - m0
        m0 = rho0 * m0 + m1 - k0 * p + gain0 * innovation
        m1 = rho1 * m1 - k1 * p + gain1 * innovation
        innovation = innovation * precision
        put(work, row + PRECISION, precision, lanes)
        put(work, row + K0, gain0, lanes)
        put(work, row + K1, gain1, lanes)
        put(work, row + INNOVATION, innovation, lanes)
        for one in range(CONSTANT):
            column(work, row, state, one, near[sample - before, one], gain0, gain1, innovation, filt, lanes)
        column(work, row, state, CONSTANT, 1.0, gain0, gain1, innovation, filt, lanes)
        column(work, row, state, SLOPE, (2 * sample + 1) / samples - 1, gain0, gain1, innovation, filt, lanes)
        for one in range(FREE, len(columns)):
            column(work, row, state, one, 0.0, gain0, gain1, innovation, filt, lanes)
        for one in range(len(columns)):
            scaled = at(work, row + A + one, lanes) * precision
            place = INFORMATION + one * (one + 1) // 2
            for other in range(one + 1):
                product = scaled * at(work, row + A + other, lanes)
                put(state, place + other, at(state, place + other, lanes) + product, lanes)
    put(state, P00, a, lanes)
    put(state, P01, b, lanes)
    put(state, P11, c, lanes)
    put(state, M0, m0, lanes)
    put(state, M1, m1, lanes)


@inner
def observe(
    work: Array, start: int, stop: int, state: Array, target: Array, filt: Filter, columns: Columns, lanes: Lanes
) -> None:
    """The mean alone, for the target of a corrector."""
    rho0, rho1, k0, k1, g = filt
    m0, m1, aim = at(state, M0, lanes), at(state, M1, lanes), at(target, 0, lanes)
    for sample in range(start, stop):
        row = sample * ROW
        z = (aim - at(work, row + PRODUCT, lanes)) * at(work, row + INVERSE, lanes) - at(work, row + P, lanes)
        innovation = at(work, row + RHO, lanes) - g * z - m0
        m0 = rho0 * m0 + m1 + k0 * z + at(work, row + K0, lanes) * innovation
        m1 = rho1 * m1 + k1 * z + at(work, row + K1, lanes) * innovation
        innovation = innovation * at(work, row + PRECISION, lanes)
        put(work, row + INNOVATION, innovation, lanes)
        for one in range(len(columns)):
            residual = at(work, row + A + one, lanes)
            put(state, ETA + one, at(state, ETA + one, lanes) + residual * innovation, lanes)
    put(state, M0, m0, lanes)
    put(state, M1, m1, lanes)


@inlined
def smoothed(work: Array, row: int, u: Array, r0: Any, r1: Any, filt: Filter, columns: Columns, lanes: Lanes) -> Any:
    """One sample backwards: the step of the noise, the correlation of the driver with it, and the adjoint before."""
    rho0, rho1, k0, k1, g = filt
    known = at(work, row + A, lanes) * at(u, 0, lanes)
    for one in range(1, len(columns)):
        known = known + at(work, row + A + one, lanes) * at(u, one, lanes)
    noise = at(work, row + INNOVATION, lanes) - at(work, row + PRECISION, lanes) * known
    noise = noise - at(work, row + K0, lanes) * r0 - at(work, row + K1, lanes) * r1
    correlation = g * noise + k0 * r0 + k1 * r1
    put(work, row + INNOVATION, noise, lanes)
    put(work, row + CORRELATION, correlation, lanes)
    return correlation, noise + rho0 * r0, r0 + rho1 * r1
