"""One PsPM file: `infos`, and a cell array `data` of channels with type, rate and unit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api import Signal
from bench.errors import DataError
from bench.readers import matlab

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array

MODALITIES = {"ecg": "ecg", "scr": "eda", "resp": "resp", "emg": "emg", "ppg": "bvp"}  # channel type -> modality
TOLERANCE = 3  # samples by which PsPM allows a channel to be longer or shorter than its file


@dataclass
class FileContents:
    """The used channels of a file, and the numbers of those that are not used."""

    seconds: float
    signals: dict[str, Signal] = field(default_factory=dict)
    excluded: Counter[str] = field(default_factory=Counter)


def read(path: Path) -> FileContents:
    """The channels of a file by modality; those of the same type and rate become channels of one signal."""
    variables = matlab.read(path, ("infos", "data"))
    contents = FileContents(number(path, get_field(path, variables, "infos", "duration"), "infos.duration"))
    cells = variables["data"]
    if not isinstance(cells, np.ndarray) or cells.dtype != object:
        raise DataError(f"{path}: data is not a cell array of channels.")
    for index, channel in enumerate(cells.ravel(), 1):
        add_channel(path, f"data{{{index}}}", channel, contents)
    return contents


def add_channel(path: Path, where: str, channel: Any, contents: FileContents) -> None:
    """Add a channel to its signal, or to the excluded ones."""
    header = get_field(path, {where: channel}, where, "header")
    kind, unit = (text(get_field(path, {where: header}, where, name)) for name in ("chantype", "units"))
    kind = kind.lower()
    if kind not in MODALITIES or unit.lower() == "events":
        contents.excluded[f"channels of the type {kind}, which is not used"] += 1
        return
    rate = number(path, get_field(path, {where: header}, where, "sr"), f"{where}.header.sr")
    values = np.asarray(get_field(path, {where: channel}, where, "data"))
    if values.size == 0:
        contents.excluded[f"channels of the type {kind} without samples"] += 1
        return
    check_channel(path, where, values, rate, contents.seconds)
    row = values.reshape(1, -1).astype(np.float32)
    modality = MODALITIES[kind]
    existing = contents.signals.get(modality)
    if existing is not None and existing.rate != rate:
        contents.excluded[f"channels of the type {kind} with another rate than the first"] += 1
        return
    rows = row if existing is None else stack(existing.values, row)
    names = tuple(f"{kind}{count}" for count in range(1, len(rows) + 1))
    contents.signals[modality] = Signal(rows, rate, unit, names)


def check_channel(path: Path, where: str, values: Array, rate: float, seconds: float) -> None:
    """Raise where PsPM would refuse the channel."""
    if values.dtype.kind not in "fiu" or max(values.shape) != values.size:
        raise DataError(
            f"{path}: {where}.data is {values.dtype} of the shape {values.shape}; expected one row of numbers."
        )
    if not rate > 0:
        raise DataError(f"{path}: {where} has {rate:g} samples per second; expected more than 0.")
    if abs(values.size - seconds * rate) > TOLERANCE:
        raise DataError(
            f"{path}: {where} has {values.size} samples, and {seconds:g} s at {rate:g} Hz (infos.duration) are "
            f"{seconds * rate:.0f}; PsPM allows a difference of {TOLERANCE}."
        )


def stack(first: Array, second: Array) -> Array:
    """Stack channels, truncated to the shorter, since their lengths may differ by the tolerance."""
    length = min(first.shape[1], second.shape[1])
    return np.concatenate([first[:, :length], second[:, :length]])


def get_field(path: Path, holder: dict[str, Any], name: str, key: str) -> Any:
    """A field of a struct that every PsPM file has."""
    struct = holder[name]
    if not isinstance(struct, dict) or key not in struct:
        raise DataError(f"{path}: {name} has no {key}, which every PsPM file has.")
    return struct[key]


def text(value: Any) -> str:
    """Text; an empty text may be an empty array in MATLAB."""
    return value if isinstance(value, str) else ""


def number(path: Path, value: Any, what: str) -> float:
    """A single finite number."""
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "fiu" or not np.isfinite(array).all():
        raise DataError(f"{path}: {what} is not a single number.")
    return float(array.item())
