"""The pickle of a subject, validated against the documented layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bench.api import Signal
from bench.errors import DataError
from bench.readers import pickles
from bench.readers.file_checks import printable
from bench_wesad.protocol import RATE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.api import Array

AXES = ("x", "y", "z")
TOLERANCE = 0.25  # seconds by which the wrist may end before or after the labels


class Sensor(NamedTuple):
    """One modality: its place in the pickle, rate, unit and channels."""

    modality: str
    device: str
    key: str
    rate: int
    unit: str
    channels: tuple[str, ...]


SENSORS = (
    Sensor("ecg", "chest", "ECG", RATE, "mV", ("chest",)),
    Sensor("eda", "chest", "EDA", RATE, "uS", ("chest",)),
    Sensor("emg", "chest", "EMG", RATE, "mV", ("chest",)),
    Sensor("resp", "chest", "Resp", RATE, "%", ("chest",)),
    Sensor("temp", "chest", "Temp", RATE, "degC", ("chest",)),
    Sensor("acc", "chest", "ACC", RATE, "g", AXES),
    Sensor("bvp", "wrist", "BVP", 64, "a.u.", ("wrist",)),
    Sensor("wrist-eda", "wrist", "EDA", 4, "uS", ("wrist",)),
    Sensor("wrist-temp", "wrist", "TEMP", 4, "degC", ("wrist",)),
    Sensor("wrist-acc", "wrist", "ACC", 32, "1/64 g", AXES),
)


def read(path: Path, subject: str, sensors: Sequence[Sensor]) -> tuple[dict[str, Signal], Array]:
    """The signals of these sensors, and the label of each chest sample."""
    content = pickles.read(path)
    name = entry(path, content, "subject")
    if name != subject:
        raise DataError(
            f"{path}: its subject is '{printable(str(name))}', expected '{subject}' as in its path; sort the files by "
            "subject."
        )
    label = labels(path, entry(path, content, "label"))
    devices = entry(path, content, "signal")
    del content
    signals = {}
    for sensor in sensors:
        values = check_values(path, entry(path, devices, sensor.device), sensor, len(label) / RATE)
        # One after the other in single precision, so that there is never a second copy of all signals.
        signals[sensor.modality] = Signal(
            np.ascontiguousarray(values.T, dtype=np.float32), sensor.rate, sensor.unit, sensor.channels
        )
        devices[sensor.device][sensor.key] = None
        del values
    return signals, label


def entry(where: Path | str, holder: Any, key: str) -> Any:
    if not isinstance(holder, dict):
        raise DataError(f"{where}: {type(holder).__name__} in place of a dict with '{key}'.")
    if key not in holder:
        raise DataError(f"{where}: no '{key}'; there is {printable(', '.join(map(str, holder))) or 'nothing'}.")
    return holder[key]


def labels(path: Path, label: Any) -> Array:
    """A row of whole numbers from 0 to 7."""
    if not isinstance(label, np.ndarray) or label.ndim != 1 or label.dtype.kind not in "iu" or not len(label):
        raise DataError(f"{path}: 'label' is {describe(label)}; expected a row of whole numbers (int32).")
    unknown = label[(label < 0) | (label > 7)]
    if len(unknown):
        raise DataError(f"{path}: 'label' contains the code {unknown[0]}; expected codes from 0 to 7.")
    return label


def check_values(path: Path, device: Any, sensor: Sensor, seconds: float) -> Array:
    """(time, channels), as long as the labels; on the chest to the sample."""
    values = entry(f"{path}: {sensor.device}", device, sensor.key)
    where = f"{path}: {sensor.device} '{sensor.key}'"
    columns = len(sensor.channels)
    if (
        not isinstance(values, np.ndarray)
        or values.dtype.kind not in "fiu"
        or values.ndim != 2
        or values.shape[1] != columns
    ):
        raise DataError(f"{where} is {describe(values)}; expected numbers of the shape (samples, {columns}).")
    if sensor.device == "chest" and len(values) != round(seconds * RATE):
        raise DataError(f"{where} has {len(values)} samples, expected {round(seconds * RATE)}, the number of labels.")
    if abs(len(values) / sensor.rate - seconds) > TOLERANCE:
        raise DataError(
            f"{where} lasts {len(values) / sensor.rate:.2f} s, the labels {seconds:.2f} s; "
            f"expected a difference of at most {TOLERANCE} s."
        )
    return values


def describe(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} of the shape {value.shape}"
    return f"of the type {type(value).__name__}"
