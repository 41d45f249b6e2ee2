"""What cvxEDA can work on, and the sentence for everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np

from bench_cvxeda.model import Boundary, Model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array

LEAST = 8  # samples


def checked(model: Model, tol: float, threads: int) -> Model:
    """The model, if it makes sense."""
    names = ("rate", "tau0", "tau1", "knot_seconds", "alpha", "gamma")
    given = {name: getattr(model, name) for name in names} | {"tol": tol, "threads": threads}
    for name, value in given.items():
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
    return model


def signals_of(y: Array | Sequence[Array]) -> list[Array]:
    """One-dimensional signals, each in double precision."""
    if isinstance(y, np.ndarray) and y.ndim not in (1, 2):
        raise ValueError(f"cvxeda takes (n,), (clips, n) or a list of signals, not an array of shape {y.shape}.")
    rows = [y] if isinstance(y, np.ndarray) and y.ndim == 1 else list(y)
    signals = [np.ascontiguousarray(row, dtype=np.float64) for row in rows]
    for number, one in enumerate(signals):
        if one.ndim != 1:
            raise ValueError(f"cvxeda takes a list of one-dimensional signals; row {number} has shape {one.shape}.")
        if len(one) < LEAST:
            raise ValueError(f"cvxeda needs at least {LEAST} samples per signal; row {number} has {len(one)}.")
    broken = [str(number) for number, one in enumerate(signals) if not np.isfinite(one).all()]
    if broken:
        raise ValueError(
            f"cvxeda needs finite values; NaN or infinity in row{'s' if len(broken) > 1 else ''} {', '.join(broken)}: "
            "cut or fill gaps before."
        )
    return signals
