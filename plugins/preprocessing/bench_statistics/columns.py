"""All features of all channels of windows, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench_statistics.asymmetry import asymmetry, opposite
from bench_statistics.kinds import kind_of, of_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array
    from bench_statistics.feature import Feature

#: Samples that are worked on at once: they and their intermediate results fit a cache.
CHUNK = 1 << 18
#: Beyond this no sensor measures, and squares would leave the range of numbers.
LARGEST = 1e100


@dataclass(frozen=True)
class Column:
    """One feature of one channel, or of two that are compared."""

    channel: str
    places: tuple[int, ...]  # of its channels
    name: str
    unit: str
    there: bool  # whether windows of this length and rate have it
    missing: str  # why it is not there, or why some of its values are NaN


def table(
    windows: Array, rate: float, modality: str, channels: Sequence[str], threshold: float
) -> tuple[list[Column], Array, Array]:
    """Columns, values (n, columns), and whether samples are missing (n, channels) in windows (n, channels, time)."""
    count, width, time = windows.shape
    step = max(1, CHUNK // (width * time))
    parts = []
    for first in range(0, max(1, count), step):
        chunk = np.ascontiguousarray(windows[first : first + step], dtype=np.float64).reshape(-1, time)
        broken = np.asarray(~(np.abs(chunk) <= LARGEST).all(axis=1))
        if broken.any():
            chunk = np.where(broken[:, None], 0.0, chunk)
        columns, values = beside(chunk, rate, kind_of(modality), names(channels, width), threshold)
        gaps = broken.reshape(-1, width)
        for place, column in enumerate(columns):
            values[gaps[:, column.places].any(axis=1), place] = np.nan
        parts.append((values, gaps))
    return columns, np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def beside(
    rows: Array, rate: float, kind: str, channels: Sequence[str], threshold: float
) -> tuple[list[Column], Array]:
    """Columns and values of rows that are the channels of one window after the other."""
    width = len(channels)
    features = of_rows(rows, rate, kind, threshold)
    found: list[tuple[str, tuple[int, ...], str, Feature, slice]] = [
        (channel, (place,), name, feature, slice(place, None, width))
        for place, channel in enumerate(channels)
        for name, feature in features.items()
    ]
    powers = {name: feature for name, feature in features.items() if name.endswith("_log_power")}
    for pair, places in opposite(channels).items() if kind == "eeg" else ():
        compared = asymmetry(powers, width, *places)
        found += [(pair, places, name, feature, slice(None)) for name, feature in compared.items()]
    values = np.full((len(rows) // width, len(found)), np.nan)
    for place, (_, _, _, feature, chosen) in enumerate(found):
        if feature.values is not None:
            values[:, place] = feature.values[chosen]
    columns = [
        Column(channel, places, name, feature.unit, feature.values is not None, feature.missing)
        for channel, places, name, feature, _ in found
    ]
    return columns, values


def names(channels: Sequence[str], width: int) -> list[str]:
    """The names of channels; unnamed ones are counted from 1."""
    return list(channels) if len(channels) == width else [str(number) for number in range(1, width + 1)]
