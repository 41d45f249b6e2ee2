"""One PsPM file: `infos`, and a cell array `data` of channels, each with its type, rate and unit."""

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

MODALITIES = {"ecg": "ecg", "scr": "eda", "resp": "resp", "emg": "emg", "ppg": "bvp"}  # type of a channel -> modality
SLACK = 3  # samples by which PsPM lets a channel be longer or shorter than its file


@dataclass
class Contents:
    """What one file holds that is used here, and how many channels are not."""

    seconds: float
    signals: dict[str, Signal] = field(default_factory=dict)
    excluded: Counter[str] = field(default_factory=Counter)


def read(path: Path) -> Contents:
    """The channels of a file by modality; several of one type at one rate become channels of one signal."""
    variables = matlab.load(path, ("infos", "data"))
    contents = Contents(number(path, part(path, variables, "infos", "duration"), "infos.duration"))
    cells = variables["data"]
    if not isinstance(cells, np.ndarray) or cells.dtype != object:
        raise DataError(f"{path}: data is no cell array of channels, as PsPM writes it.")
    for place, channel in enumerate(cells.ravel(), 1):
        add(path, f"data{{{place}}}", channel, contents)
    return contents


def add(path: Path, where: str, channel: Any, contents: Contents) -> None:
    """One channel, into its signal or among what is left out."""
    header = part(path, {where: channel}, where, "header")
    kind, unit = (text(part(path, {where: header}, where, name)) for name in ("chantype", "units"))
    kind = kind.lower()
    if kind not in MODALITIES or unit.lower() == "events":
        contents.excluded[f"channel of the type {kind}, which is not used"] += 1
        return
    rate = number(path, part(path, {where: header}, where, "sr"), f"{where}.header.sr")
    values = np.asarray(part(path, {where: channel}, where, "data"))
    if values.size == 0:
        contents.excluded[f"channel of the type {kind} without a sample"] += 1
        return
    check(path, where, values, rate, contents.seconds)
    row = values.reshape(1, -1).astype(np.float32)
    modality = MODALITIES[kind]
    before = contents.signals.get(modality)
    if before is not None and before.rate != rate:
        contents.excluded[f"channel of the type {kind} at another rate than the first"] += 1
        return
    rows = row if before is None else joined(before.values, row)
    names = tuple(f"{kind}{count}" for count in range(1, len(rows) + 1))
    contents.signals[modality] = Signal(rows, rate, unit, names)


def check(path: Path, where: str, values: Array, rate: float, seconds: float) -> None:
    """Raise where PsPM itself would refuse the channel."""
    if values.dtype.kind not in "fiu" or max(values.shape) != values.size:
        raise DataError(
            f"{path}: {where}.data is {values.dtype} of the shape {values.shape}; expected one row of numbers."
        )
    if not rate > 0:
        raise DataError(f"{path}: {where} has {rate:g} samples per second; expected more than 0.")
    if abs(values.size - seconds * rate) > SLACK:
        raise DataError(
            f"{path}: {where} has {values.size} samples, and {seconds:g} s at {rate:g} Hz (infos.duration) are "
            f"{seconds * rate:.0f}; PsPM allows a difference of {SLACK}."
        )


def joined(first: Array, second: Array) -> Array:
    """Channels below each other, up to the shortest: they may differ by the slack."""
    length = min(first.shape[1], second.shape[1])
    return np.concatenate([first[:, :length], second[:, :length]])


def part(path: Path, holder: dict[str, Any], name: str, member: str) -> Any:
    """A member of a structure that every PsPM file has."""
    found = holder[name]
    if not isinstance(found, dict) or member not in found:
        raise DataError(f"{path}: {name} has no {member}, which every PsPM file has.")
    return found[member]


def text(value: Any) -> str:
    """A text; an empty one may be an empty array in MATLAB."""
    return value if isinstance(value, str) else ""


def number(path: Path, value: Any, what: str) -> float:
    """A single finite number."""
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "fiu" or not np.isfinite(array).all():
        raise DataError(f"{path}: {what} is no single number.")
    return float(array.item())
