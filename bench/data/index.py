"""The index of windows: who, when, and where in the recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench.data.windows import INDEX

if TYPE_CHECKING:
    from bench.api import Array


def index_of(table: pd.DataFrame, whole: pd.DataFrame | None = None) -> dict[str, Array]:
    """The columns of the index; `whole` has all windows of the recordings, also those that are not used."""
    every = table if whole is None else whole
    recordings = every.groupby("recording")
    begin, end = recordings["start"].min(), recordings["stop"].max()
    mine = table["recording"]
    share = (table["start"] - mine.map(begin)) / (mine.map(end) - mine.map(begin))
    first = every.groupby(["recording", "trial"])["start"].min()
    places = first.groupby("recording").rank(method="dense") - 1
    order = places.reindex(pd.MultiIndex.from_frame(table[["recording", "trial"]]))
    found = {name: table[name].to_numpy() for name in INDEX if name in table}
    return {**found, "relative_time": share.to_numpy(np.float64), "trial_order": order.to_numpy().astype(np.int64)}
