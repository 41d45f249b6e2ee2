"""One modality of one clip of a subject, validated and resampled to a regular grid; and the ratings of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.api import Signal
from bench.errors import DataError
from bench.readers import matlab
from bench_ascertain.grid import resample
from bench_ascertain.layout import CHANNELS, N_CLIPS, N_SUBJECTS, RATES, SCALES, VARIABLES, columns

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array

MIN_SHARE = 0.5  # of samples with increasing times; some files have whole milliseconds, so that times repeat
MIN_RATE, MAX_RATE = 1.0, 10_000.0  # samples per second


def read(file: Path, modality: str, subject: int, gap: float) -> Signal | None:
    """The signal from its first sample on; None where there are fewer than two samples."""
    name = VARIABLES[modality]
    table = matlab.read(file, [name])[name]
    channels = columns(modality, subject)
    if not isinstance(table, np.ndarray) or table.dtype.kind not in "fiu" or table.ndim != 2:
        raise DataError(f"{file}: {name} is not a table of numbers; expected the time in ms and then the channels.")
    if table.size and table.shape[1] <= max(channels):
        numbers = ", ".join(str(column + 1) for column in channels)
        raise DataError(
            f"{file}: {name} has {table.shape[1]} columns; expected {max(channels) + 1} or more, with the time in ms "
            f"in the first and {modality} in column {numbers}."
        )
    if len(table) < 2:
        return None
    seconds, values = drop_unordered(table[:, 0] / 1000, table[:, channels].astype(float))
    mean_rate = (len(seconds) - 1) / (seconds[-1] - seconds[0]) if len(seconds) > 1 else 0.0
    if len(seconds) < MIN_SHARE * len(table) or not MIN_RATE <= mean_rate <= MAX_RATE:
        raise DataError(f"{file}: the first column of {name} is not a time in ms that increases with each sample.")
    rate = RATES[modality]
    length = int((seconds[-1] - seconds[0]) * rate + 1e-6) + 1
    values = resample(seconds - seconds[0], values, rate, gap, length)
    return Signal(values, rate, "", CHANNELS[modality])


def drop_unordered(seconds: Array, values: Array) -> tuple[Array, Array]:
    """The samples that are later than all samples before them."""
    latest = np.fmax.accumulate(np.concatenate([[-np.inf], seconds[:-1]]))
    later = seconds > latest  # False where a time is NaN
    return seconds[later], values[later]


def ratings(file: Path) -> Array:
    """(5, 58, 36): scale, subject, clip."""
    stored = matlab.read(file, ["Ratings"])["Ratings"]
    expected = (len(SCALES), N_SUBJECTS, N_CLIPS)
    if not isinstance(stored, np.ndarray) or stored.dtype.kind not in "fiu" or stored.shape != expected:
        raise DataError(
            f"{file}: Ratings is {getattr(stored, 'shape', type(stored).__name__)}; "
            f"expected {expected}: scale, subject, clip."
        )
    table = stored.astype(float)
    for index, scale in enumerate(("arousal", "valence")):
        low, high = SCALES[scale]
        wrong = np.argwhere((table[index] < low) | (table[index] > high))
        if len(wrong):
            subject, clip = wrong[0]
            raise DataError(
                f"{file}: {scale} of subject {subject + 1}, clip {clip + 1} is {table[index, subject, clip]:g}; "
                f"expected {low} to {high}, so arousal and valence may be exchanged."
            )
    return table
