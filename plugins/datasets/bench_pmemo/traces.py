"""Skin conductance of one listener during one song."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.errors import DataError
from bench.readers import tables
from bench_pmemo.headers import header

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array

RATE = 50  # samples per second
SHORTEST = 3.0  # seconds of which anything can be told
FLAT = 1e-8  # a smaller range is none


def read(file: Path, column: str) -> Array:
    """Values up to the last that was measured: files are padded where one listener's recording ends early."""
    clock = header(file)[0]
    table = tables.read(file, {clock: float, column: float})
    times, values = table[clock].to_numpy(), table[column].to_numpy(dtype=float, copy=True)
    on_grid(file, clock, times)
    values[~np.isfinite(values)] = np.nan
    measured = np.flatnonzero(np.isfinite(values))
    return values[: measured[-1] + 1 if len(measured) else 0]


def on_grid(file: Path, clock: str, times: Array) -> None:
    """Raise where the time is not 0, 0.02, 0.04 and so on, to half a sample."""
    expected = np.arange(len(times)) / RATE
    wrong = np.flatnonzero(~(np.abs(times - expected) < 0.5 / RATE))
    if len(wrong):
        first = int(wrong[0])
        raise DataError(
            f"{file} line {first + 2}, column '{clock}': {times[first]:g} is not {expected[first]:g}, "
            f"as expected of {RATE} samples a second from 0 on."
        )


def useless(values: Array) -> str:
    """Why nothing can be learnt from a trace; empty where it can."""
    if len(values) < SHORTEST * RATE:
        return f"clips of which less than {SHORTEST:g} s are there"
    return "clips with a flat trace" if np.nanmax(values) - np.nanmin(values) < FLAT else ""
