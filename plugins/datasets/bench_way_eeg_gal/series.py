"""One series from a continuous file (HS): its signals and its lifts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api import Segment, Signal
from bench.errors import DataError
from bench.readers import matlab
from bench_way_eeg_gal.fields import matrix, member, number, texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.api import Array
    from bench_way_eeg_gal.lifts import Lift

EEG, EMG = 32, 5  # channels
RATES = {"eeg": 500.0, "emg": 4000.0}
UNITS = {"eeg": "uV", "emg": ""}
NO_EMG = "series without the five EMG channels (its EEG is kept)"


@dataclass
class Contents:
    """What one series holds."""

    signals: dict[str, Signal]
    segments: list[Segment]
    excluded: Counter[str] = field(default_factory=Counter)


def whole(path: Path, lifts: Sequence[Lift] | None) -> Contents:
    """A continuous series; where nothing is known about its lifts, or they are not wanted, it is one segment."""
    structure = matlab.load(path, ("hs",))["hs"]
    contents = Contents({"eeg": wave(path, member(path, structure, "eeg", "hs"), "eeg", EEG)}, [])
    emg = structure.get("emg")
    if isinstance(emg, dict) and np.asarray(emg.get("sig")).shape[-1:] == (EMG,):
        contents.signals["emg"] = wave(path, emg, "emg", EMG)
    else:
        contents.excluded[NO_EMG] += 1
    end = contents.signals["eeg"].values.shape[1] / RATES["eeg"]
    if lifts is None:
        contents.segments.append(Segment(0.0, end, "all", {}))
    else:
        place(contents, lifts, end)
    return contents


def place(contents: Contents, lifts: Sequence[Lift], end: float) -> None:
    """Segments of the lifts that lie in the series."""
    for lift in sorted(lifts, key=lambda lift: lift.number):
        if not 0 <= lift.on < lift.off:  # NaN too
            contents.excluded["lift without a time"] += 1
        elif lift.off > end:
            contents.excluded["lift that ends after its series"] += 1
        else:
            contents.segments.append(lift.segment())


def wave(path: Path, structure: Any, name: str, columns: int) -> Signal:
    """A signal of a continuous series."""
    where = f"hs.{name}"
    rate = number(path, structure, "samplingrate", where)
    if rate != RATES[name]:
        raise DataError(f"{path}: {where} has {rate:g} samples per second; expected {RATES[name]:g}.")
    values = matrix(path, structure, "sig", where, columns)
    return signal(name, values, texts(path, structure, "names", where, columns))


def signal(name: str, values: Array, channels: tuple[str, ...]) -> Signal:
    return Signal(np.ascontiguousarray(values.T, dtype=np.float32), RATES[name], UNITS[name], channels)
