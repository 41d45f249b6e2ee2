"""One series from windows around lifts (WS), which are put one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.api import Segment
from bench.errors import DataError
from bench.readers import matlab
from bench_way_eeg_gal.fields import matrix, member, texts
from bench_way_eeg_gal.lifts import Lift, from_window
from bench_way_eeg_gal.series import EEG, EMG, NO_EMG, RATES, Contents, signal

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array


def windows(path: Path, *, labelled: bool) -> Contents:
    """Windows around lifts, one after the other: what an earlier one holds already is cut off the next."""
    structure = matlab.load(path, ("ws",))["ws"]
    found = member(path, structure, "win", "ws")
    each = [found] if isinstance(found, dict) else np.asarray(found, dtype=object).ravel().tolist()
    if not each or not all(isinstance(window, dict) for window in each):
        raise DataError(f"{path}: ws.win holds no windows.")
    names = member(path, structure, "names", "ws")
    channels = {"eeg": texts(path, names, "eeg", "ws.names", EEG)}
    parts: dict[str, list[Array]] = {"eeg": []}
    contents = Contents({}, [])
    if all(np.asarray(window.get("emg")).shape[-1:] == (EMG,) for window in each):
        channels["emg"], parts["emg"] = texts(path, names, "emg", "ws.names", EMG), []
    else:
        contents.excluded[NO_EMG] += 1
    position, before = 0.0, -np.inf
    for count, window in enumerate(each, 1):
        lift = from_window(path, window, count)
        skip = round(max(0.0, before - lift.start) * RATES["eeg"]) / RATES["eeg"]
        eeg = matrix(path, window, "eeg", f"ws.win({count})", EEG)
        stop = lift.start + len(eeg) / RATES["eeg"]
        for name, held in parts.items():
            values = matrix(path, window, name, f"ws.win({count})", len(channels[name]))
            held.append(fitted(values, round(len(eeg) * RATES[name] / RATES["eeg"]))[round(skip * RATES[name]) :])
        add(contents, lift, labelled=labelled, shift=position - lift.start - skip, span=(lift.start + skip, stop))
        position, before = position + len(parts["eeg"][-1]) / RATES["eeg"], max(before, stop)
    contents.signals = {name: signal(name, np.concatenate(held), channels[name]) for name, held in parts.items()}
    return contents


def fitted(values: Array, count: int) -> Array:
    """As many samples as the EEG has time for, so that the signals stay together; NaN where there are too few."""
    if len(values) >= count:
        return values[:count]
    return np.pad(values.astype(np.float32), ((0, count - len(values)), (0, 0)), constant_values=np.nan)


def add(contents: Contents, lift: Lift, *, labelled: bool, shift: float, span: tuple[float, float]) -> None:
    """The segment of a window: its lift, or all of it where labels are not wanted."""
    start, stop = span
    if not labelled:
        if stop > start:
            contents.segments.append(Segment(start + shift, stop + shift, f"window-{lift.number}", {}))
    elif start <= lift.on < lift.off <= stop:
        contents.segments.append(lift.segment(shift))
    else:
        contents.excluded["lift whose times lie outside of its window"] += 1
