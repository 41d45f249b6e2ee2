"""Signals into the work memory of several lanes, and their parts out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_cvxeda.lanes import jit
from bench_cvxeda.layout import INVERSE, LAM, NU, PRODUCT, ROW, SPLINES, P, Y

if TYPE_CHECKING:
    from bench.api import Array
    from bench_cvxeda.layout import Filter


@jit
def pack(work: Array, signals: Array, driver: float, alpha: Array, first: int) -> None:
    """With a driver that is the same all the time, and a residual of nothing, which satisfies the dual constraints."""
    lanes, n = signals.shape
    for sample in range(n):
        row = sample * ROW
        driven = 1.0 if sample >= first else 0.0
        for lane in range(lanes):
            work[(row + Y) * lanes + lane] = signals[lane, sample]
            work[(row + P) * lanes + lane] = driven * driver
            work[(row + LAM) * lanes + lane] = driven * alpha[lane]
            work[(row + INVERSE) * lanes + lane] = driven / alpha[lane]
            work[(row + NU) * lanes + lane] = work[(row + PRODUCT) * lanes + lane] = 0.0


@jit
def unpack(work: Array, coefficients: Array, parts: Array, table: Array, filt: Filter, first: int) -> None:
    """Driver, phasic and tonic of each lane."""
    _, lanes, n = parts.shape
    rho0, rho1, k0, k1, g = filt
    s, knot = np.zeros((2, lanes)), table.shape[1]
    for sample in range(n):
        segment = sample // knot
        near = table[segment % 4, sample - segment * knot]
        if sample == first:
            for lane in range(lanes):
                s[0, lane], s[1, lane] = coefficients[2 * lanes + lane], coefficients[3 * lanes + lane]
        for lane in range(lanes):
            p = work[(sample * ROW + P) * lanes + lane]
            level = coefficients[lane] + ((2 * sample + 1) / n - 1) * coefficients[lanes + lane]
            for spline in range(4):
                weight = coefficients[(SPLINES + segment + spline) * lanes + lane]
                level += near[(segment + spline + 3) % 4] * weight
            parts[0, lane, sample], parts[1, lane, sample], parts[2, lane, sample] = p, s[0, lane] + g * p, level
            s[0, lane], s[1, lane] = rho0 * s[0, lane] + s[1, lane] + k0 * p, rho1 * s[1, lane] + k1 * p
