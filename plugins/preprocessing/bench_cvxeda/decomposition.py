"""cvxEDA of one signal, of many of one length, or of many of any length."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench_cvxeda.arguments import checked, signals_of
from bench_cvxeda.model import Model

try:
    from bench_cvxeda.batches import solve
except ImportError:  # no compiler here: the same answers from a general solver, a hundred times slower
    from bench_cvxeda.general import solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array
    from bench_cvxeda.model import Boundary


@dataclass(frozen=True)
class Decomposition:
    """y = phasic + tonic + residual; the shape is that of y, and a list where y is one.

    `gap` bounds how much the objective could still fall, relative to what it is: a certificate, whatever the method.
    """

    phasic: Any
    tonic: Any
    driver: Any
    residual: Any
    gap: Any
    iterations: Any
    converged: Any


def cvxeda(  # noqa: PLR0913 - the numbers of the paper, each by its name
    y: Array | Sequence[Array],
    rate: float,
    *,
    tau0: float = 2.0,
    tau1: float = 0.7,
    knot_seconds: float = 10,
    alpha: float = 8e-4,
    gamma: float = 1e-2,
    boundary: Boundary = "2017",
    tol: float = 1e-6,
    threads: int = 1,
) -> Decomposition:
    """Skin conductance as responses to a sparse driver that is nowhere negative, a slow level, and noise.

    (Greco et al., IEEE Transactions on Biomedical Engineering 63:797, 2016.) Times are in seconds; knots are a whole
    number of samples apart, the nearest. `boundary`:
    "2017" leaves the state before the first sample free, as papers until 2025 did; "2025" starts from rest.
    A result depends on its own signal alone, not on others given with it, their order, or threads.
    """
    model = checked(Model(float(rate), tau0, tau1, knot_seconds, alpha, gamma, boundary), tol, threads)
    signals = signals_of(y)
    solutions = solve(model, signals, tol, threads)
    missed = int((~solutions.converged).sum())
    if missed:
        message = (
            f"cvxeda: {missed} of {len(signals)} signals did not reach a relative gap of {tol:g}; see `converged`."
        )
        warnings.warn(message, RuntimeWarning, stacklevel=2)
    facts = solutions.gap, solutions.iterations, solutions.converged
    if not isinstance(y, np.ndarray):
        phasic, tonic, driver, residual = ([part[place] for place in solutions.places] for part in solutions.parts)
        return Decomposition(phasic, tonic, driver, residual, *facts)
    phasic, tonic, driver, residual = (part.reshape(y.shape) for part in solutions.parts)
    gap, iterations, converged = facts if y.ndim > 1 else (fact[0].item() for fact in facts)
    return Decomposition(phasic, tonic, driver, residual, gap, iterations, converged)
