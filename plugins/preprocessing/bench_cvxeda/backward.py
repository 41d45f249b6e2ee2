"""The way backwards of a Newton step: the change of everything, and how far it may go."""

# ruff: noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
from __future__ import annotations

from typing import TYPE_CHECKING

from bench_cvxeda.elimination import recover
from bench_cvxeda.forward import LAST
from bench_cvxeda.kalman import smoothed
from bench_cvxeda.lanes import at, inner, largest, put
from bench_cvxeda.layout import ALL, CONSTANT, EIGHT, FREE, INVERSE, LAM, PRODUCT, ROW, SIX, SPLINES, P

if TYPE_CHECKING:
    from bench.api import Array
    from bench_cvxeda.lanes import Lanes
    from bench_cvxeda.layout import Columns, Filter


@inner
def foresee(
    work: Array, start: int, stop: int, u: Array, r: Array, sums: Array, filt: Filter, columns: Columns, lanes: Lanes
) -> None:
    """How far the predictor may go, how the complementarity changes with it, and what the corrector needs."""
    r0, r1 = at(r, 0, lanes), at(r, 1, lanes)
    primal, dual = at(sums, 0, lanes), at(sums, 1, lanes)
    falling, rising, product = at(sums, 2, lanes), at(sums, 3, lanes), at(sums, 4, lanes)
    for sample in range(stop - 1, start - 1, -1):
        row = sample * ROW
        w, r0, r1 = smoothed(work, row, u, r0, r1, filt, columns, lanes)
        p, inverse = at(work, row + P, lanes), at(work, row + INVERSE, lanes)
        share = w * inverse
        dp = p * share - p
        primal, dual = largest(primal, 1.0 - share), largest(dual, share)
        falling, rising = falling + p * w, rising + dp * at(work, row + LAM, lanes)
        product = product + dp * w
        put(work, row + PRODUCT, 0.0 - dp * w, lanes)
    put(r, 0, r0, lanes)
    put(r, 1, r1, lanes)
    put(sums, 0, primal, lanes)
    put(sums, 1, dual, lanes)
    put(sums, 2, falling, lanes)
    put(sums, 3, rising, lanes)
    put(sums, 4, product, lanes)


@inner
def limit(
    work: Array,
    start: int,
    stop: int,
    u: Array,
    r: Array,
    sums: Array,
    target: Array,
    filt: Filter,
    columns: Columns,
    lanes: Lanes,
) -> None:
    """How far the corrector may go."""
    r0, r1, aim = at(r, 0, lanes), at(r, 1, lanes), at(target, 0, lanes)
    primal, dual = at(sums, 0, lanes), at(sums, 1, lanes)
    for sample in range(stop - 1, start - 1, -1):
        row = sample * ROW
        w, r0, r1 = smoothed(work, row, u, r0, r1, filt, columns, lanes)
        inverse = at(work, row + INVERSE, lanes)
        share = w * inverse
        centring = (aim - at(work, row + PRODUCT, lanes)) * inverse
        primal, dual = largest(primal, 1.0 - share - centring / at(work, row + P, lanes)), largest(dual, share)
    put(r, 0, r0, lanes)
    put(r, 1, r1, lanes)
    put(sums, 0, primal, lanes)
    put(sums, 1, dual, lanes)


@inner
def undriven(work: Array, stop: int, u: Array, r: Array, filt: Filter, columns: Columns, lanes: Lanes) -> None:
    """Samples before the driver starts."""
    r0, r1 = at(r, 0, lanes), at(r, 1, lanes)
    for sample in range(stop - 1, -1, -1):
        _, r0, r1 = smoothed(work, sample * ROW, u, r0, r1, filt, columns, lanes)


@inner
def backward(
    work: Array,
    records: Array,
    change: Array,
    u: Array,
    r: Array,
    sums: Array,
    target: Array,
    knot: int,
    filt: Filter,
    first: int,
    known_after: int,
    predictor: bool,
    lanes: Lanes,
) -> None:
    """From the last sample to the first."""
    n = len(work) // (ROW * len(lanes))
    segments = (n + knot - 1) // knot
    free = first > 0 and segments <= known_after
    u[:] = 0.0
    r[:] = 0.0
    sums[:] = 0.0
    for last in range(ALL - 1, -1, -1):
        if LAST[last] < FREE or free:
            recover(u, r, LAST[last], records, segments + 2 + last, lanes)
    for segment in range(segments - 1, -1, -1):
        start, stop = max(segment * knot, first), min(n, (segment + 1) * knot)
        if free and predictor:
            foresee(work, start, stop, u, r, sums, filt, EIGHT, lanes)
        elif free:
            limit(work, start, stop, u, r, sums, target, filt, EIGHT, lanes)
        elif predictor:
            foresee(work, start, stop, u, r, sums, filt, SIX, lanes)
        else:
            limit(work, start, stop, u, r, sums, target, filt, SIX, lanes)
        if segment > 0:
            if first > 0 and segment == known_after:
                free = True
                recover(u, r, FREE + 1, records, segments + 1, lanes)
                recover(u, r, FREE, records, segments, lanes)
            slot = (segment + 2) % 4
            put(change, SPLINES + segment + 3, at(u, slot, lanes), lanes)
            recover(u, r, slot, records, segment, lanes)
    undriven(work, first, u, r, filt, EIGHT, lanes)
    for number in range(4):
        put(change, SPLINES + number, at(u, (number + 3) % 4, lanes), lanes)
        put(change, number, at(u, CONSTANT + number, lanes), lanes)
