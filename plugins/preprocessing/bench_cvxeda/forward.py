"""The way forwards of a Newton step, from the first sample to the last."""

# ruff: noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
from __future__ import annotations

from typing import TYPE_CHECKING

from bench_cvxeda.elimination import eliminate, eliminate_mean
from bench_cvxeda.kalman import factor, observe
from bench_cvxeda.lanes import inner, put
from bench_cvxeda.layout import ALL, EIGHT, ETA, FREE, M0, ROW, SIX, Z0, Z1, pair

if TYPE_CHECKING:
    from bench.api import Array
    from bench_cvxeda.lanes import Lanes
    from bench_cvxeda.layout import Filter

LAST = (0, 1, 2, 3, 6, 7, 4, 5)  # the order in which those that are left at the end are eliminated


@inner
def predict(
    work: Array,
    state: Array,
    records: Array,
    table: Array,
    prior: Array,
    filt: Filter,
    first: int,
    known_after: int,
    lanes: Lanes,
) -> None:
    """With a new factorisation."""
    n, knot = len(work) // (ROW * len(lanes)), table.shape[1]
    segments = (n + knot - 1) // knot
    free = first > 0
    state[:] = 0.0
    for slot in range(4):
        put(state, pair(slot, slot), prior[(slot + 1) % 4], lanes)
    for segment in range(segments):
        if segment > 0:
            slot = (segment + 2) % 4
            eliminate(state, slot, records, segment, lanes)
            eliminate_mean(state, slot, records, segment, lanes)
            put(state, pair(slot, slot), prior[segment + 3], lanes)
            if free and segment == known_after:
                free = False
                for extra in range(2):
                    eliminate(state, FREE + extra, records, segments + extra, lanes)
                    eliminate_mean(state, FREE + extra, records, segments + extra, lanes)
        start, stop = segment * knot, min(n, (segment + 1) * knot)
        if free and segment == 0:
            factor(work, start, first, state, table, filt, EIGHT, lanes)
            put(state, Z0 + FREE, -1.0, lanes)
            put(state, Z1 + FREE + 1, -1.0, lanes)
            start = first
        if free:
            factor(work, start, stop, state, table, filt, EIGHT, lanes)
        else:
            factor(work, start, stop, state, table, filt, SIX, lanes)
    for last in range(ALL):
        if LAST[last] < FREE or free:
            eliminate(state, LAST[last], records, segments + 2 + last, lanes)
            eliminate_mean(state, LAST[last], records, segments + 2 + last, lanes)


@inner
def correct(
    work: Array,
    state: Array,
    records: Array,
    target: Array,
    knot: int,
    filt: Filter,
    first: int,
    known_after: int,
    lanes: Lanes,
) -> None:
    """With the same factorisation, for another target."""
    n = len(work) // (ROW * len(lanes))
    segments = (n + knot - 1) // knot
    free = first > 0
    state[M0 * len(lanes) : (M0 + 2) * len(lanes)] = 0.0
    state[ETA * len(lanes) : (ETA + ALL) * len(lanes)] = 0.0
    for segment in range(segments):
        if segment > 0:
            eliminate_mean(state, (segment + 2) % 4, records, segment, lanes)
            if free and segment == known_after:
                free = False
                for extra in range(2):
                    eliminate_mean(state, FREE + extra, records, segments + extra, lanes)
        start, stop = segment * knot, min(n, (segment + 1) * knot)
        if free:
            observe(work, start, stop, state, target, filt, EIGHT, lanes)
        else:
            observe(work, start, stop, state, target, filt, SIX, lanes)
    for last in range(ALL):
        if LAST[last] < FREE or free:
            eliminate_mean(state, LAST[last], records, segments + 2 + last, lanes)
