"""One file: the structure `o` with the EEG, the markers and the names of channels."""

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
    """A file, checked; the lead for synchronisation, which is no electrode, is dropped."""
    structure = matlab.load(path, ("o",))["o"]
    if not isinstance(structure, dict):
        raise DataError(f"{path}: the variable o is no structure.")
    count, rate = (number(path, structure, name) for name in ("nS", "sampFreq"))
    if rate != RATE:
        raise DataError(f"{path}: it was recorded at {rate:g} Hz; expected {RATE:g}, since HFREQ is not in its name.")
    data = array(path, structure, "data")
    expected = (round(count), len(CHANNELS) + 1)
    if data.shape != expected:
        raise DataError(
            f"{path}: o.data has the shape {data.shape}; expected {expected} (o.nS, electrodes and one lead)."
        )
    marker = array(path, structure, "marker").ravel()
    if marker.shape != (len(data),):
        raise DataError(f"{path}: o.marker has {len(marker)} entries for {len(data)} samples of o.data.")
    if not (np.isfinite(marker).all() and (marker == np.rint(marker)).all() and (marker >= 0).all()):
        raise DataError(f"{path}: o.marker holds what is no code: expected whole numbers from 0.")
    check_names(path, structure)
    return Contents(np.ascontiguousarray(data[:, : len(CHANNELS)].T, dtype=np.float32), marker.astype(np.int64))


def check_names(path: Path, structure: dict[str, Any]) -> None:
    """Raise where electrodes are others, or in another order; the last name, of the lead, varies."""
    found = [str(name).strip() for name in np.asarray(member(path, structure, "chnames"), dtype=object).ravel()]
    for place, (name, expected) in enumerate(zip(found, CHANNELS, strict=False), 1):
        if name.lower() != expected.lower():
            raise DataError(f"{path}: channel {place} in o.chnames is '{name}'; expected '{expected}'.")
    if len(found) != len(CHANNELS) + 1:
        raise DataError(f"{path}: o.chnames holds {len(found)} names; expected {len(CHANNELS) + 1}.")


def member(path: Path, structure: dict[str, Any], name: str) -> Any:
    if name not in structure:
        raise DataError(f"{path}: o has no {name}; it has {', '.join(structure) or 'nothing'}.")
    return structure[name]


def array(path: Path, structure: dict[str, Any], name: str) -> Array:
    """A member that holds numbers."""
    found = np.asarray(member(path, structure, name))
    if found.dtype.kind not in "fiu":
        raise DataError(f"{path}: o.{name} holds no numbers.")
    return found


def number(path: Path, structure: dict[str, Any], name: str) -> float:
    """A member that holds one number."""
    found = array(path, structure, name)
    if found.size != 1 or not np.isfinite(found).all():
        raise DataError(f"{path}: o.{name} is no single number.")
    return float(found.item())
