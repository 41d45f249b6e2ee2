"""The step, and what the fit leaves after it; anew from sample to sample, so that rounding errors do not add up."""

# ruff: noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
from __future__ import annotations

from typing import TYPE_CHECKING

from bench_cvxeda.lanes import at, inner, put, where
from bench_cvxeda.layout import (
    CONSTANT,
    CORRELATION,
    INNOVATION,
    INVERSE,
    LAM,
    NU,
    PRODUCT,
    RHO,
    ROW,
    SLOPE,
    SPLINES,
    P,
    Y,
)

if TYPE_CHECKING:
    from bench.api import Array
    from bench_cvxeda.lanes import Lanes
    from bench_cvxeda.layout import Filter


@inner
def leave(
    work: Array,
    start: int,
    stop: int,
    primal: Array,
    dual: Array,
    target: Array,
    s: Array,
    sums: Array,
    table: Array,
    filt: Filter,
    first: int,
    lanes: Lanes,
) -> None:
    """Where the same splines are alive; a lane whose steps are 0 has ended and stays as it is."""
    rho0, rho1, k0, k1, g = filt
    samples, knot = len(work) // (ROW * len(lanes)), table.shape[1]
    segment = start // knot
    near, before = table[segment % 4], segment * knot
    ahead, across, aim = at(primal, 0, lanes), at(dual, 0, lanes), at(target, 0, lanes)
    s0, s1 = at(s, 0, lanes), at(s, 1, lanes)
    products, misses = at(sums, 0, lanes), at(sums, 1, lanes)
    squares, total = at(sums, 2, lanes), at(sums, 3, lanes)
    for sample in range(start, stop):
        row = sample * ROW
        p, lam, nu = at(work, row + P, lanes), at(work, row + LAM, lanes), at(work, row + NU, lanes)
        if start >= first:
            inverse, w = at(work, row + INVERSE, lanes), at(work, row + CORRELATION, lanes)
            change = (aim - at(work, row + PRODUCT, lanes)) * inverse - p + p * inverse * w
            p, lam = where(across, p + ahead * change, p), where(across, lam - across * w, lam)
            put(work, row + P, p, lanes)
            put(work, row + LAM, lam, lanes)
            put(work, row + INVERSE, 1.0 / lam, lanes)
        nu = where(across, nu + across * at(work, row + INNOVATION, lanes), nu)
        put(work, row + NU, nu, lanes)
        left = at(work, row + Y, lanes) - (s0 + g * p)
        for one in range(CONSTANT):
            left = left - near[sample - before, one] * at(s, 2 + one, lanes)
        left = left - at(s, 2 + CONSTANT, lanes) - ((2 * sample + 1) / samples - 1) * at(s, 2 + SLOPE, lanes)
        rho = left - nu
        put(work, row + RHO, rho, lanes)
        products, misses = products + p * lam, misses + rho * rho
        squares, total = squares + left * left, total + p
        s0, s1 = rho0 * s0 + s1 + k0 * p, rho1 * s1 + k1 * p
    put(s, 0, s0, lanes)
    put(s, 1, s1, lanes)
    put(sums, 0, products, lanes)
    put(sums, 1, misses, lanes)
    put(sums, 2, squares, lanes)
    put(sums, 3, total, lanes)


@inner
def update(
    work: Array,
    coefficients: Array,
    change: Array,
    primal: Array,
    dual: Array,
    target: Array,
    s: Array,
    sums: Array,
    table: Array,
    filt: Filter,
    first: int,
    lanes: Lanes,
) -> None:
    """Take the step."""
    n, knot = len(work) // (ROW * len(lanes)), table.shape[1]
    for place in range(len(coefficients) // len(lanes)):
        across = at(primal, 0, lanes) if place < SPLINES else at(dual, 0, lanes)
        before = at(coefficients, place, lanes)
        put(coefficients, place, where(across, before + across * at(change, place, lanes), before), lanes)
    s[: 2 * len(lanes)] = 0.0
    sums[:] = 0.0
    for segment in range((n + knot - 1) // knot):
        start, stop = segment * knot, min(n, (segment + 1) * knot)
        for near in range(4):
            put(s, 2 + (segment + near + 3) % 4, at(coefficients, SPLINES + segment + near, lanes), lanes)
        put(s, 2 + CONSTANT, at(coefficients, 0, lanes), lanes)
        put(s, 2 + SLOPE, at(coefficients, 1, lanes), lanes)
        if segment == 0:
            leave(work, start, first, primal, dual, target, s, sums, table, filt, first, lanes)
            put(s, 0, at(coefficients, 2, lanes), lanes)
            put(s, 1, at(coefficients, 3, lanes), lanes)
            start = first
        leave(work, start, stop, primal, dual, target, s, sums, table, filt, first, lanes)
