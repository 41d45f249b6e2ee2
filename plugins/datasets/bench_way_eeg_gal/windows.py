"""One series from windows around lifts (WS), which are concatenated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.api import Segment
from bench.errors import DataError
from bench.readers import matlab
from bench_way_eeg_gal.fields import get_field, matrix, texts
from bench_way_eeg_gal.lifts import Lift, from_window
from bench_way_eeg_gal.series import EEG, EMG, NO_EMG, RATES, SeriesContents, make_signal

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array


def read_windows(path: Path, *, labelled: bool) -> SeriesContents:
    """Concatenated windows; where two overlap, the later one starts at the end of the earlier one."""
    struct = matlab.read(path, ("ws",))["ws"]
    stored = get_field(path, struct, "win", "ws")
    windows = [stored] if isinstance(stored, dict) else np.asarray(stored, dtype=object).ravel().tolist()
    if not windows or not all(isinstance(window, dict) for window in windows):
        raise DataError(f"{path}: ws.win has no windows.")
    names = get_field(path, struct, "names", "ws")
    channels = {"eeg": texts(path, names, "eeg", "ws.names", EEG)}
    parts: dict[str, list[Array]] = {"eeg": []}
    contents = SeriesContents({}, [])
    if all(np.asarray(window.get("emg")).shape[-1:] == (EMG,) for window in windows):
        channels["emg"], parts["emg"] = texts(path, names, "emg", "ws.names", EMG), []
    else:
        contents.excluded[NO_EMG] += 1
    position, previous_stop = 0.0, -np.inf
    for count, window in enumerate(windows, 1):
        lift = from_window(path, window, count)
        skip = round(max(0.0, previous_stop - lift.start) * RATES["eeg"]) / RATES["eeg"]
        eeg = matrix(path, window, "eeg", f"ws.win({count})", EEG)
        stop = lift.start + len(eeg) / RATES["eeg"]
        for name, arrays in parts.items():
            values = matrix(path, window, name, f"ws.win({count})", len(channels[name]))
            arrays.append(fit_length(values, round(len(eeg) * RATES[name] / RATES["eeg"]))[round(skip * RATES[name]) :])
        add_segment(
            contents, lift, labelled=labelled, shift=position - lift.start - skip, span=(lift.start + skip, stop)
        )
        position += len(parts["eeg"][-1]) / RATES["eeg"]
        previous_stop = max(previous_stop, stop)
    contents.signals = {
        name: make_signal(name, np.concatenate(arrays), channels[name]) for name, arrays in parts.items()
    }
    return contents


def fit_length(values: Array, count: int) -> Array:
    """Truncated or padded with NaN to the length of the EEG, so that the signals stay aligned."""
    if len(values) >= count:
        return values[:count]
    return np.pad(values.astype(np.float32), ((0, count - len(values)), (0, 0)), constant_values=np.nan)


def add_segment(
    contents: SeriesContents, lift: Lift, *, labelled: bool, shift: float, span: tuple[float, float]
) -> None:
    """Add the segment of a window: its lift, or without labels the whole window."""
    start, stop = span
    if not labelled:
        if stop > start:
            contents.segments.append(Segment(start + shift, stop + shift, f"window-{lift.number}", {}))
    elif start <= lift.light_on < lift.light_off <= stop:
        contents.segments.append(lift.segment(shift))
    else:
        contents.excluded["lifts outside their window"] += 1
