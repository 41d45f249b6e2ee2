"""cvxEDA of one signal, of several signals of one length, or of signals of different lengths."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from bench_cvxeda.model import Boundary, Model, Solution

try:
    import numba  # noqa: F401
except ImportError as error:
    from bench_cvxeda.reference import solve

    message = f"cvxeda uses cvxpy, about 100 times slower than numba, which cannot be imported: {error}"
    warnings.warn(message, RuntimeWarning, stacklevel=2)
else:
    from bench_cvxeda.batches import solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array

COMPONENTS = ("phasic", "tonic", "driver", "residual")
MIN_SAMPLES = 8
FLAT = 1e-13  # of the largest value: what rounding leaves of a straight line in double precision


@dataclass(frozen=True)
class Decomposition:
    """y = phasic + tonic + residual. Each has the shape of y, or is a list if y is one.

    `gap` is the relative duality gap, an upper bound of how much the objective could still decrease: a certificate of
    optimality that does not depend on the solver. `converged` says whether it is at most `tol`.
    """

    phasic: Any
    tonic: Any
    driver: Any
    residual: Any
    gap: Any
    iterations: Any
    converged: Any


def cvxeda(  # noqa: PLR0913 - the parameters of the paper
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
    """Decompose skin conductance into responses to a sparse nonnegative driver, a slow level, and noise.

    The method of Greco et al., IEEE Transactions on Biomedical Engineering 63:797, 2016. `y` has the shape (n,) or
    (signals, n), or is a list of signals of any lengths. Times are in seconds; knots are a whole number of samples
    apart, the nearest to `knot_seconds`. With `boundary="2017"` the state of the response before the first sample is
    free, as in implementations until 2025; with "2025" it is zero. The result of a signal does not depend on the other
    signals, on their order, or on `threads`.
    """
    model = Model(float(rate), tau0, tau1, knot_seconds, alpha, gamma, boundary)
    validate_parameters(model, tol, threads)
    signals = validate_signals(y)
    trends = [linear_trend(one) for one in signals]
    scales = [spread(one - trend, one) for one, trend in zip(signals, trends, strict=True)]
    curved = [number for number, scale in enumerate(scales) if scale]
    scaled = [(signals[number] - trends[number]) / scales[number] for number in curved]
    solutions = [Solution(np.zeros(len(one)), np.zeros(len(one)), np.zeros(len(one)), 0.0, 0) for one in signals]
    solved = solve(model, scaled, [alpha / scales[number] for number in curved], tol, threads)
    for number, solution in zip(curved, solved, strict=True):
        solutions[number] = solution
    gap = np.array([solution.gap for solution in solutions])
    iterations = np.array([solution.iterations for solution in solutions], dtype=int)
    converged = gap <= tol
    failed = int((~converged).sum())
    if failed:
        message = (
            f"cvxeda: {failed} of {len(signals)} signals did not reach a relative gap of {tol:g}; see `converged`."
        )
        warnings.warn(message, RuntimeWarning, stacklevel=2)
    phasic = [solution.phasic * scale for solution, scale in zip(solutions, scales, strict=True)]
    tonic = [solution.tonic * scale + trend for solution, scale, trend in zip(solutions, scales, trends, strict=True)]
    driver = [solution.driver * scale for solution, scale in zip(solutions, scales, strict=True)]
    residual = [one - fast - slow for one, fast, slow in zip(signals, phasic, tonic, strict=True)]
    found = Decomposition(phasic, tonic, driver, residual, gap, iterations, converged)
    return shaped_like(y, found) if isinstance(y, np.ndarray) else found


def shaped_like(y: Array, found: Decomposition) -> Decomposition:
    """Arrays of the shape of y, and numbers for a single signal."""
    parts = {name: np.array(getattr(found, name)).reshape(y.shape) for name in COMPONENTS}
    about = {name: getattr(found, name) for name in ("gap", "iterations", "converged")}
    if y.ndim == 1:
        about = {name: values[0].item() for name, values in about.items()}
    return Decomposition(**parts, **about)


def linear_trend(y: Array) -> Array:
    """The least-squares line, which the tonic component contains without a penalty."""
    time = np.arange(len(y)) - (len(y) - 1) / 2
    return np.asarray(y.mean() + time * (time @ (y - y.mean()) / (time @ time)))


def spread(detrended: Array, y: Array) -> float:
    """Standard deviation around the trend, 0 for a straight line; the solvers work in this unit."""
    deviation = float(np.sqrt(detrended @ detrended / len(y)))
    return deviation if deviation > FLAT * np.abs(y).max() else 0.0


def validate_parameters(model: Model, tol: float, threads: int) -> None:
    """Raise ValueError for parameters without a meaning."""
    names = ("rate", "tau0", "tau1", "knot_seconds", "alpha", "gamma")
    values = {name: getattr(model, name) for name in names} | {"tol": tol, "threads": threads}
    for name, value in values.items():
        if not (np.isfinite(value) and value > 0):
            raise ValueError(f"cvxeda needs a positive {name}, not {value:g}.")
    if model.boundary not in get_args(Boundary):
        raise ValueError(f"cvxeda knows the boundaries {' and '.join(get_args(Boundary))}, not {model.boundary!r}.")
    if model.tau0 == model.tau1:
        raise ValueError(f"cvxeda needs two different time constants; tau0 and tau1 are both {model.tau0:g} s.")
    if model.knot < 2:
        raise ValueError(
            f"cvxeda needs knots at least two samples apart; {model.knot_seconds:g} s at {model.rate:g} samples per "
            f"second are {model.knot}: set knot_seconds to {2 / model.rate:g} or more."
        )


def validate_signals(y: Array | Sequence[Array]) -> list[Array]:
    """One-dimensional signals in double precision; ValueError if they are short, not finite, or not one-dimensional."""
    if isinstance(y, np.ndarray) and y.ndim not in (1, 2):
        raise ValueError(f"cvxeda takes (n,), (signals, n) or a list of signals, not an array of shape {y.shape}.")
    rows = [y] if isinstance(y, np.ndarray) and y.ndim == 1 else list(y)
    signals = [np.ascontiguousarray(row, dtype=np.float64) for row in rows]
    for number, one in enumerate(signals):
        if one.ndim != 1:
            raise ValueError(f"cvxeda takes a list of one-dimensional signals; row {number} has shape {one.shape}.")
        if len(one) < MIN_SAMPLES:
            raise ValueError(f"cvxeda needs at least {MIN_SAMPLES} samples per signal; row {number} has {len(one)}.")
    invalid = [str(number) for number, one in enumerate(signals) if not np.isfinite(one).all()]
    if invalid:
        raise ValueError(
            f"cvxeda needs finite values; NaN or infinity in row{'s' if len(invalid) > 1 else ''} "
            f"{', '.join(invalid)}: remove or interpolate missing values first."
        )
    return signals
