"""How far a decomposition is from the best one, proved by a dual point; needs nothing of what found either."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import signal

from bench_cvxeda.oracle import splines

if TYPE_CHECKING:
    from bench.api import Array
    from bench_cvxeda.model import Model


def relative_gap(model: Model, y: Array, parts: tuple[Array, Array, Array], weights: Array, dual: Array) -> float:
    """Of driver, phasic and tonic with these spline weights; any dual point gives a bound, a good one a tight one.

    The dual point is moved to where it counts: orthogonal to what nothing penalises (drift, the filter's first
    state), and no larger than a driver that is nowhere negative allows.
    """
    driver, phasic, tonic = parts
    n, first, (poles, zeros) = len(y), model.first, model.taps
    residual = y - phasic - tonic
    primal = residual @ residual / 2 + model.alpha * driver.sum() + model.gamma / 2 * weights @ weights
    free = [np.ones(n), np.linspace(-1, 1, n)]
    free += [
        np.concatenate([np.zeros(first), signal.lfilter(zeros, poles, np.zeros(n - first), zi=state)[0]])
        for state in np.eye(2)[:first]
    ]
    basis = np.linalg.qr(np.column_stack(free))[0]
    dual = dual - basis @ (basis.T @ dual)
    largest = signal.lfilter(zeros, poles, dual[first:][::-1]).max()
    dual = dual * min(1.0, model.alpha / max(largest, 1e-300))
    pull = splines(model, n).T @ dual
    bound = dual @ y - dual @ dual / 2 - pull @ pull / (2 * model.gamma)
    return float((primal - bound) / primal)
