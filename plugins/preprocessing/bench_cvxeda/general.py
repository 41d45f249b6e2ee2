"""Solutions by a general solver, for where no compiler is: the same answers, and the same certificate, slowly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bench_cvxeda.certificate import relative_gap
from bench_cvxeda.oracle import Oracle
from bench_cvxeda.solution import Line, Solutions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array
    from bench_cvxeda.model import Model


def solve(model: Model, signals: Sequence[Array], tol: float, threads: int) -> Solutions:
    """One after the other; a problem is set up once per length."""
    del threads  # the solver holds the interpreter: others would only wait
    oracles: dict[int, Oracle] = {}
    solutions = Solutions.empty(signals)
    for number, y in enumerate(signals):
        line = Line.of(y)
        if not line.spread:
            nothing = np.zeros(len(y))
            solutions.fill(number, y, line, nothing, nothing, nothing)
            continue
        if len(y) not in oracles:
            oracles[len(y)] = Oracle(model, len(y))
        oracle = oracles[len(y)]
        scaled, alpha = (y - line.values) / line.spread, model.alpha / line.spread
        driver, phasic, tonic, weights, dual, iterations = oracle.solve(scaled, alpha, tol / 1000)
        gap = relative_gap(replace(model, alpha=alpha), scaled, (driver, phasic, tonic), weights, dual)
        solutions.fill(number, y, line, driver, phasic, tonic)
        solutions.gap[number], solutions.iterations[number], solutions.converged[number] = gap, iterations, gap <= tol
    return solutions
