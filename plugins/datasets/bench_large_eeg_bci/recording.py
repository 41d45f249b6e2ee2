"""One file: the struct `o` with the EEG, the markers and the names of channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import DataError
from bench.readers import matlab

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array

CHANNELS = (
    "Fp1", "Fp2", "F3", "F4", "C3", "C4", "P3", "P4", "O1", "O2", "A1", "A2",
    "F7", "F8", "T3", "T4", "T5", "T6", "Fz", "Cz", "Pz",
)  # fmt: skip
RATE = 200.0


@dataclass(frozen=True, eq=False)
class Contents:
    """The electrodes, (channels, time) in uV, and one marker code per sample."""

    eeg: Array
    marker: Array


def read(path: Path) -> Contents:
    """A validated file; the channel for synchronisation is dropped."""
    struct = matlab.read(path, ("o",))["o"]
    if not isinstance(struct, dict):
        raise DataError(f"{path}: the variable o is not a struct.")
    count, rate = (number(path, struct, name) for name in ("nS", "sampFreq"))
    if rate != RATE:
        raise DataError(f"{path}: the rate is {rate:g} Hz; expected {RATE:g}, since its name does not contain HFREQ.")
    data = array(path, struct, "data")
    expected = (round(count), len(CHANNELS) + 1)
    if data.shape != expected:
        raise DataError(
            f"{path}: o.data has the shape {data.shape}; expected {expected}: o.nS samples, electrodes and one more."
        )
    marker = array(path, struct, "marker").ravel()
    if marker.shape != (len(data),):
        raise DataError(f"{path}: o.marker has {len(marker)} entries for {len(data)} samples of o.data.")
    if not (np.isfinite(marker).all() and (marker == np.rint(marker)).all() and (marker >= 0).all()):
        raise DataError(f"{path}: o.marker contains other values than whole numbers from 0.")
    check_names(path, struct)
    return Contents(np.ascontiguousarray(data[:, : len(CHANNELS)].T, dtype=np.float32), marker.astype(np.int64))


def check_names(path: Path, struct: dict[str, Any]) -> None:
    """Raise unless the electrodes are in the expected order; the name of the last channel varies."""
    names = [str(name).strip() for name in np.asarray(get_field(path, struct, "chnames"), dtype=object).ravel()]
    for number, (name, expected) in enumerate(zip(names, CHANNELS, strict=False), 1):
        if name.lower() != expected.lower():
            raise DataError(f"{path}: channel {number} in o.chnames is '{name}'; expected '{expected}'.")
    if len(names) != len(CHANNELS) + 1:
        raise DataError(f"{path}: o.chnames has {len(names)} names; expected {len(CHANNELS) + 1}.")


def get_field(path: Path, struct: dict[str, Any], name: str) -> Any:
    if name not in struct:
        raise DataError(f"{path}: o has no {name}; it has {', '.join(struct) or 'nothing'}.")
    return struct[name]


def array(path: Path, struct: dict[str, Any], name: str) -> Array:
    """A field with numbers."""
    values = np.asarray(get_field(path, struct, name))
    if values.dtype.kind not in "fiu":
        raise DataError(f"{path}: o.{name} is not numeric.")
    return values


def number(path: Path, struct: dict[str, Any], name: str) -> float:
    """A field with a single number."""
    value = array(path, struct, name)
    if value.size != 1 or not np.isfinite(value).all():
        raise DataError(f"{path}: o.{name} is not a single number.")
    return float(value.item())
