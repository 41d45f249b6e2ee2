"""Features of windows as one tidy table, with units, and with a reason where there is no value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bench.errors import DataError
from bench_statistics.columns import table
from bench_statistics.electrodermal import SCR
from bench_statistics.feature import spelt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Array

BROKEN = "samples are missing"


def features(
    windows: Array, rate: float, modality: str, channels: Sequence[str] = (), unit: str = "", *, scr: float = SCR
) -> pd.DataFrame:
    """One row per window, channel and feature of windows (n, channels, time): value, unit, and why there is none.

    `modality` says what was measured by a word in it ("wrist-bvp"), `unit` is that of the signal, and `scr` is the
    smallest skin conductance response in that unit. Channels without names are counted from 1.
    """
    windows = np.asarray(windows)
    if windows.ndim != 3 or 0 in windows.shape[1:] or not 0 < rate < np.inf:
        raise DataError(
            f"Features need windows (n, channels, time) and a rate above 0; the shape is {windows.shape}, "
            f"the rate {rate:g}."
        )
    if len(channels) not in (0, windows.shape[1]):
        raise DataError(f"There are {len(channels)} names for {windows.shape[1]} channels; give one name for each.")
    columns, values, gaps = table(windows, rate, modality, channels, scr)
    reasons = np.where(np.isnan(values), np.array([column.missing for column in columns], dtype=object), "")
    for place, column in enumerate(columns):
        if column.there:
            reasons[gaps[:, column.places].any(axis=1), place] = BROKEN

    def repeated(texts: list[str]) -> Any:
        """The texts of the columns, once for each window."""
        codes, known = pd.factorize(np.array(texts, dtype=object))
        return pd.Categorical.from_codes(np.tile(codes, len(values)), pd.Index(known))

    return pd.DataFrame(
        {
            "window": np.repeat(np.arange(len(values)), len(columns)),
            "channel": repeated([column.channel for column in columns]),
            "feature": repeated([column.name for column in columns]),
            "value": values.ravel(),
            "unit": repeated([spelt(column.unit, unit) for column in columns]),
            "reason": pd.Categorical(reasons.ravel()),
        }
    )
