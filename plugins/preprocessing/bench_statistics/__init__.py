"""Hand-made features of each window: statistics and spectrum of any signal, heart, skin, breath and brain.

`from bench_statistics import features` gives them as a table without the harness.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.api import Plugin, hookimpl

if TYPE_CHECKING:
    from bench_statistics.table import features as features


@hookimpl
def bench_preprocessors() -> list[Plugin]:
    about = "Features of each window: statistics, band powers, heart beats and skin conductance responses."
    return [Plugin("statistics", "bench_statistics.extractor:Statistics", about)]


def __getattr__(name: str) -> Any:
    """`features` is imported when it is asked for, since it takes pandas and SciPy along."""
    if name == "features":
        from bench_statistics.table import features

        return features
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
