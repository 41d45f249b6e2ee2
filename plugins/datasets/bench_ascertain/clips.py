"""One clip of one person in one modality: the file, checked, on a regular grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.api import Signal
from bench.errors import DataError
from bench.readers import matlab
from bench_ascertain.grid import regular
from bench_ascertain.layout import CHANNELS, CLIPS, PEOPLE, RATES, SCALES, VARIABLES, columns

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array

MOST = 0.5  # of the samples; times are told in whole milliseconds now and then, so some are double
SLOWEST, FASTEST = 1.0, 10_000.0  # samples per second


def read(file: Path, modality: str, person: int, gap: float) -> Signal | None:
    """The signal from its first time on, or None where there are fewer than two samples."""
    name = VARIABLES[modality]
    found = matlab.load(file, [name])[name]
    wanted = columns(modality, person)
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiu" or found.ndim != 2:
        raise DataError(f"{file}: {name} is no table of numbers; expected the time in ms and then the channels.")
    if found.size and found.shape[1] <= max(wanted):
        raise DataError(
            f"{file}: {name} has {found.shape[1]} columns; expected {max(wanted) + 1} or more, "
            f"with the time in ms in the first and {modality} in column {', '.join(str(each + 1) for each in wanted)}."
        )
    if len(found) < 2:
        return None
    seconds, values = in_order(found[:, 0] / 1000, found[:, wanted].astype(float))
    pace = (len(seconds) - 1) / (seconds[-1] - seconds[0]) if len(seconds) > 1 else 0.0
    if len(seconds) < MOST * len(found) or not SLOWEST <= pace <= FASTEST:
        raise DataError(f"{file}: the first column of {name} is no time in ms; expected it to go up with each sample.")
    rate = RATES[modality]
    length = int((seconds[-1] - seconds[0]) * rate + 1e-6) + 1
    values = regular(seconds - seconds[0], values, rate, gap, length)
    return Signal(values, rate, "", CHANNELS[modality])


def in_order(seconds: Array, values: Array) -> tuple[Array, Array]:
    """The samples whose time is after all before them."""
    latest = np.fmax.accumulate(np.concatenate([[-np.inf], seconds[:-1]]))
    later = seconds > latest  # False where a time is NaN
    return seconds[later], values[later]


def ratings(file: Path) -> Array:
    """(5, 58, 36): scale, person, clip."""
    found = matlab.load(file, ["Ratings"])["Ratings"]
    expected = (len(SCALES), PEOPLE, CLIPS)
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiu" or found.shape != expected:
        raise DataError(
            f"{file}: Ratings is {getattr(found, 'shape', type(found).__name__)}; "
            f"expected {expected}: scale, person, clip."
        )
    table = found.astype(float)
    for place, scale in enumerate(("arousal", "valence")):
        low, high = SCALES[scale]
        wrong = np.argwhere((table[place] < low) | (table[place] > high))
        if len(wrong):
            person, clip = wrong[0]
            raise DataError(
                f"{file}: {scale} of person {person + 1}, clip {clip + 1} is {table[place, person, clip]:g}; expected "
                f"{low} to {high}, so arousal and valence may be exchanged."
            )
    return table
