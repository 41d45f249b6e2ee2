"""One series from a continuous file (HS): its signals and lifts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api import Segment, Signal
from bench.errors import DataError
from bench.readers import matlab
from bench_way_eeg_gal.fields import get_field, matrix, number, texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.api import Array
    from bench_way_eeg_gal.lifts import Lift

EEG, EMG = 32, 5  # channels
RATES = {"eeg": 500.0, "emg": 4000.0}
UNITS = {"eeg": "uV", "emg": ""}
NO_EMG = "series without the five EMG channels (EEG is kept)"


@dataclass
class SeriesContents:
    """Signals and segments of a series."""

    signals: dict[str, Signal]
    segments: list[Segment]
    excluded: Counter[str] = field(default_factory=Counter)


def read_continuous(path: Path, lifts: Sequence[Lift] | None) -> SeriesContents:
    """A continuous series; without lifts, it is one segment."""
    struct = matlab.read(path, ("hs",))["hs"]
    contents = SeriesContents({"eeg": read_signal(path, get_field(path, struct, "eeg", "hs"), "eeg", EEG)}, [])
    emg = struct.get("emg")
    if isinstance(emg, dict) and np.asarray(emg.get("sig")).shape[-1:] == (EMG,):
        contents.signals["emg"] = read_signal(path, emg, "emg", EMG)
    else:
        contents.excluded[NO_EMG] += 1
    end = contents.signals["eeg"].values.shape[1] / RATES["eeg"]
    if lifts is None:
        contents.segments.append(Segment(0.0, end, "all", {}))
    else:
        add_lifts(contents, lifts, end)
    return contents


def add_lifts(contents: SeriesContents, lifts: Sequence[Lift], end: float) -> None:
    """Add segments for the lifts within the series."""
    for lift in sorted(lifts, key=lambda lift: lift.number):
        if not 0 <= lift.light_on < lift.light_off:  # also for NaN
            contents.excluded["lifts without a time"] += 1
        elif lift.light_off > end:
            contents.excluded["lifts that end after their series"] += 1
        else:
            contents.segments.append(lift.segment())


def read_signal(path: Path, struct: Any, name: str, columns: int) -> Signal:
    """A signal of a continuous series."""
    where = f"hs.{name}"
    rate = number(path, struct, "samplingrate", where)
    if rate != RATES[name]:
        raise DataError(f"{path}: {where} has {rate:g} samples per second; expected {RATES[name]:g}.")
    values = matrix(path, struct, "sig", where, columns)
    return make_signal(name, values, texts(path, struct, "names", where, columns))


def make_signal(name: str, values: Array, channels: tuple[str, ...]) -> Signal:
    return Signal(np.ascontiguousarray(values.T, dtype=np.float32), RATES[name], UNITS[name], channels)
