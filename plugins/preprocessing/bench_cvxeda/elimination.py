"""Coefficients that nothing later depends on: integrated out on the way forwards, found on the way backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench_cvxeda.lanes import at, inner, put
from bench_cvxeda.layout import ALL, ETA, M0, M1, MEAN, OTHERS, P00, P01, P11, R0, R1, RECORD, Z0, Z1, pair

if TYPE_CHECKING:
    from bench.api import Array
    from bench_cvxeda.lanes import Lanes


@inner
def subtract(array: Array, place: int, weights: Array, weight: int, factors: Array, factor: int, lanes: Lanes) -> None:
    """A product of two numbers from a third."""
    put(array, place, at(array, place, lanes) - at(weights, weight, lanes) * at(factors, factor, lanes), lanes)


@inner
def eliminate(state: Array, slot: int, records: Array, number: int, lanes: Lanes) -> None:
    """Integrate one coefficient out, which widens the covariance of what it has influenced."""
    record = number * RECORD
    inverse = 1.0 / at(state, pair(slot, slot), lanes)
    z0, z1 = at(state, Z0 + slot, lanes), at(state, Z1 + slot, lanes)
    put(state, P00, at(state, P00, lanes) + z0 * z0 * inverse, lanes)
    put(state, P01, at(state, P01, lanes) + z0 * z1 * inverse, lanes)
    put(state, P11, at(state, P11, lanes) + z1 * z1 * inverse, lanes)
    put(records, record + R0, z0 * inverse, lanes)
    put(records, record + R1, z1 * inverse, lanes)
    for a in range(ALL):
        put(records, record + OTHERS + a, at(state, pair(slot, a), lanes) * inverse, lanes)
    put(records, record + OTHERS + slot, inverse, lanes)
    for a in range(ALL):
        if a != slot:
            subtract(state, Z0 + a, records, record + OTHERS + a, state, Z0 + slot, lanes)
            subtract(state, Z1 + a, records, record + OTHERS + a, state, Z1 + slot, lanes)
            for b in range(a + 1):
                if b != slot:
                    subtract(state, pair(a, b), records, record + OTHERS + a, state, pair(slot, b), lanes)
    put(state, Z0 + slot, 0.0, lanes)
    put(state, Z1 + slot, 0.0, lanes)
    for a in range(ALL):
        put(state, pair(slot, a), 0.0, lanes)


@inner
def eliminate_mean(state: Array, slot: int, records: Array, number: int, lanes: Lanes) -> None:
    """The part of an elimination that depends on what was measured; `eliminate` comes before it."""
    record = number * RECORD
    put(records, record + MEAN, at(state, ETA + slot, lanes) * at(records, record + OTHERS + slot, lanes), lanes)
    subtract(state, M0, records, record + R0, state, ETA + slot, lanes)
    subtract(state, M1, records, record + R1, state, ETA + slot, lanes)
    for a in range(ALL):
        if a != slot:
            subtract(state, ETA + a, records, record + OTHERS + a, state, ETA + slot, lanes)
    put(state, ETA + slot, 0.0, lanes)


@inner
def recover(u: Array, r: Array, slot: int, records: Array, number: int, lanes: Lanes) -> None:
    """A coefficient that was eliminated, from the others and what came later."""
    record = number * RECORD
    found = at(records, record + MEAN, lanes) - at(records, record + R0, lanes) * at(r, 0, lanes)
    found = found - at(records, record + R1, lanes) * at(r, 1, lanes)
    for a in range(ALL):
        if a != slot:
            found = found - at(records, record + OTHERS + a, lanes) * at(u, a, lanes)
    put(u, slot, found, lanes)
