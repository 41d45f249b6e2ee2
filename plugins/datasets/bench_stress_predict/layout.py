"""Files of an Empatica E4 wristband: a start, a rate, and values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Signal
from bench.errors import DataError
from bench.readers.file_checks import require_regular

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.api import Array

RAW = "Raw_data"
MAX_LINE = 1000  # bytes of the lines above the values
TOLERANCE = 60  # seconds between the ends of sensors; in the release they are up to 7 s apart
LABELS = "Processed_data/Improved_All_Combined_hr_rsp_binary.csv"


@dataclass(frozen=True)
class Sensor:
    """One file per subject."""

    file: str
    rate: int
    unit: str
    channels: tuple[str, ...]
    scale: float = 1.0  # from values in the file to the unit
    late: bool = False  # whether it may start after the others, since its values average the preceding seconds


SENSORS = {
    "bvp": Sensor("BVP.csv", 64, "a.u.", ("wrist",)),
    "eda": Sensor("EDA.csv", 4, "uS", ("wrist",)),
    "temp": Sensor("TEMP.csv", 4, "degC", ("wrist",)),
    "acc": Sensor("ACC.csv", 32, "g", ("x", "y", "z"), scale=1 / 64),
    "hr": Sensor("HR.csv", 1, "bpm", ("wrist",), late=True),
}


def signals(folder: Path) -> tuple[float, dict[str, Signal]]:
    """The Unix time of second 0, at which every sensor but the late one starts; and the signals."""
    values = {name: read_values(folder / sensor.file, sensor) for name, sensor in SENSORS.items()}
    starts = {name: read_start(folder / sensor.file, sensor) for name, sensor in SENSORS.items()}
    zero, measured = starts["bvp"], {}
    for name, sensor in SENSORS.items():
        missing = (starts[name] - zero) * sensor.rate
        if missing != 0 and not (sensor.late and missing > 0 and missing.is_integer()):
            raise DataError(
                f"{folder / sensor.file} starts {starts[name] - zero:+g} s from {SENSORS['bvp'].file}; "
                f"expected {'a start whole seconds later' if sensor.late else 'the same start'}."
            )
        padded = np.pad(values[name], ((0, 0), (int(missing), 0)), constant_values=np.nan)
        measured[name] = Signal(padded, sensor.rate, sensor.unit, sensor.channels)
    check_ends(folder, {name: signal.values.shape[1] / signal.rate for name, signal in measured.items()})
    return zero, measured


def check_ends(folder: Path, seconds: Mapping[str, float]) -> None:
    """Raise unless the sensors of a recording end within some seconds."""
    first = min(seconds, key=lambda name: seconds[name])
    early = max(seconds.values()) - seconds[first]
    if early > TOLERANCE:
        raise DataError(
            f"{folder / SENSORS[first].file} ends {early:.0f} s before the other sensors: the file is truncated; "
            "download it again."
        )


def read_values(path: Path, sensor: Sensor) -> Array:
    """(channels, time) from the lines below start and rate."""
    from bench.readers import tables

    table = tables.read(path, dict.fromkeys(sensor.channels, float), header=False, skip=2)
    return np.ascontiguousarray(table.to_numpy(np.float32).T) * np.float32(sensor.scale)


def read_start(path: Path, sensor: Sensor) -> float:
    """The first line of a file; raises unless the second line is the expected rate."""
    require_regular(path)
    with path.open("rb") as file:
        lines = [file.readline(MAX_LINE).decode("utf-8", "replace").strip() for _ in range(2)]
    numbers = []
    for number, (text, what) in enumerate(zip(lines, ("a Unix time", "a rate"), strict=True), 1):
        try:
            values = {float(cell) for cell in text.split(",")}
        except ValueError:
            values = set()
        if len(values) != 1 or not all(map(np.isfinite, values)):
            raise DataError(f"{path} line {number}: '{text[:40]}' is not {what}; expected a file of an Empatica E4.")
        numbers.append(values.pop())
    if numbers[1] != sensor.rate:
        raise DataError(f"{path} line 2: the rate is {numbers[1]:g} Hz; expected {sensor.rate} Hz.")
    return numbers[0]
