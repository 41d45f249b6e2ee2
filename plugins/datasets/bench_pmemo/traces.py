"""The skin conductance of one listener during one song."""

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
MIN_SECONDS = 3.0
MIN_RANGE = 1e-8  # of a trace that is not flat


def read(file: Path, column: str) -> Array:
    """Values up to the last measured one: files are padded where the recording of one listener ends early."""
    clock = header(file)[0]
    table = tables.read(file, {clock: float, column: float})
    times, values = table[clock].to_numpy(), table[column].to_numpy(dtype=float, copy=True)
    check_times(file, clock, times)
    values[~np.isfinite(values)] = np.nan
    measured = np.flatnonzero(np.isfinite(values))
    return values[: measured[-1] + 1 if len(measured) else 0]


def check_times(file: Path, clock: str, times: Array) -> None:
    """Raise unless times are 0, 0.02, 0.04 and so on, to half a sample."""
    expected = np.arange(len(times)) / RATE
    wrong = np.flatnonzero(~(np.abs(times - expected) < 0.5 / RATE))
    if len(wrong):
        first = int(wrong[0])
        raise DataError(
            f"{file} line {first + 2}, column '{clock}': {times[first]:g} is not {expected[first]:g}; "
            f"expected {RATE} samples per second from 0 on."
        )


def reason_excluded(values: Array) -> str:
    """Why a trace cannot be used; empty where it can."""
    if len(values) < MIN_SECONDS * RATE:
        return f"clips with less than {MIN_SECONDS:g} s"
    return "clips with a flat trace" if np.nanmax(values) - np.nanmin(values) < MIN_RANGE else ""
