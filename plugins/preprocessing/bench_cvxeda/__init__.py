"""cvxEDA: skin conductance as a slow level, responses of sweat glands, and noise; exact, and fast."""

from typing import Any

from bench.api import Plugin, hookimpl

__all__ = ["Decomposition", "cvxeda"]


@hookimpl
def bench_preprocessors() -> list[Plugin]:
    return [
        Plugin(
            "cvxeda",
            "bench_cvxeda.step:CvxEDA",
            "Skin conductance as phasic and tonic components, by convex optimisation.",
        ),
    ]


def __getattr__(name: str) -> Any:
    """`from bench_cvxeda import cvxeda`, without the time that its compiler takes to load before it is used."""
    if name not in __all__:
        raise AttributeError(f"module 'bench_cvxeda' has no attribute '{name}'")
    from bench_cvxeda import decomposition

    return getattr(decomposition, name)
