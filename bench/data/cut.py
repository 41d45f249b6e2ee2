"""Windows cut from prepared recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.data.segmentation import span
from bench.data.sources import WindowedSignal

if TYPE_CHECKING:
    from bench.api import Rows
    from bench.data.preparation import Prepared


def windowed_signal(prepared: Prepared, modality: str, rows: Rows) -> WindowedSignal:
    """The windows of these rows, each with its own length where lengths differ."""
    meta, table = prepared.meta["modalities"][modality], prepared.table.iloc[rows]
    starts, stops = (table[name].to_numpy() for name in ("start", "stop"))
    lengths, first = span(starts, stops, prepared.seconds, meta["rate"])
    recordings = table["recording"].to_numpy()
    signals = {int(number): signal for number in np.unique(recordings)
               if (signal := prepared.signal(modality, int(number))) is not None}  # fmt: skip
    own = lengths if prepared.seconds is None else None
    width, channels = int(lengths.max(initial=0)), tuple(meta["channels"])
    return WindowedSignal(signals, recordings, first, width, meta["rate"], channels, lengths=own)
