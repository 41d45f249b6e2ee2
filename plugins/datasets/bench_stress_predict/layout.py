"""Files of an Empatica E4 wristband: a start, a rate, and numbers; where they lie, and what a sensor measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Signal
from bench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.api import Array

RAW = "Raw_data"
APART = 60  # seconds; in the release sensors end up to 7 s apart
LABELS = "Processed_data/Improved_All_Combined_hr_rsp_binary.csv"


@dataclass(frozen=True)
class Sensor:
    """One file per person, alike for all."""

    file: str
    rate: int
    unit: str
    channels: tuple[str, ...]
    scale: float = 1.0  # of a number in the file, in that unit
    late: bool = False  # whether it may start after the others: it averages what came before


SENSORS = {
    "bvp": Sensor("BVP.csv", 64, "a.u.", ("wrist",)),
    "eda": Sensor("EDA.csv", 4, "uS", ("wrist",)),
    "temp": Sensor("TEMP.csv", 4, "degC", ("wrist",)),
    "acc": Sensor("ACC.csv", 32, "g", ("x", "y", "z"), scale=1 / 64),
    "hr": Sensor("HR.csv", 1, "bpm", ("wrist",), late=True),
}


def signals(folder: Path) -> tuple[float, dict[str, Signal]]:
    """The Unix time of second 0, at which every sensor but the late one starts, and what each measured."""
    values = {name: numbers(folder / sensor.file, sensor) for name, sensor in SENSORS.items()}
    starts = {name: start_of(folder / sensor.file, sensor) for name, sensor in SENSORS.items()}
    zero, read = starts["bvp"], {}
    for name, sensor in SENSORS.items():
        missing = (starts[name] - zero) * sensor.rate
        if missing != 0 and not (sensor.late and missing > 0 and missing.is_integer()):
            raise DataError(
                f"{folder / sensor.file} starts {starts[name] - zero:+g} s from {SENSORS['bvp'].file} beside it; "
                f"expected {'some whole seconds later' if sensor.late else 'the same start'}."
            )
        padded = np.pad(values[name], ((0, 0), (int(missing), 0)), constant_values=np.nan)
        read[name] = Signal(padded, sensor.rate, sensor.unit, sensor.channels)
    refuse_cut_off(folder, {name: signal.values.shape[1] / signal.rate for name, signal in read.items()})
    return zero, read


def refuse_cut_off(folder: Path, seconds: Mapping[str, float]) -> None:
    """The sensors of a recording end together, within some seconds."""
    first = min(seconds, key=lambda name: seconds[name])
    early = max(seconds.values()) - seconds[first]
    if early > APART:
        raise DataError(
            f"{folder / SENSORS[first].file} ends {early:.0f} s before the other sensors: the file is cut off; "
            "get it again."
        )


def numbers(path: Path, sensor: Sensor) -> Array:
    """(channels, time) of the lines below the start and the rate."""
    from bench.readers import tables

    table = tables.read(path, dict.fromkeys(sensor.channels, float), header=False, skip=2)
    return np.ascontiguousarray(table.to_numpy(np.float32).T) * np.float32(sensor.scale)


def start_of(path: Path, sensor: Sensor) -> float:
    """The first line of a file, once the second is the rate that it has to be."""
    with path.open("rb") as file:
        lines = [file.readline().decode("utf-8", "replace").strip() for _ in range(2)]
    found = []
    for number, (text, what) in enumerate(zip(lines, ("a Unix time", "a rate"), strict=True), 1):
        try:
            values = {float(cell) for cell in text.split(",")}
        except ValueError:
            values = set()
        if len(values) != 1 or not all(map(np.isfinite, values)):
            raise DataError(f"{path} line {number}: '{text[:40]}' is not {what}; expected a file of an Empatica E4.")
        found.append(values.pop())
    if found[1] != sensor.rate:
        raise DataError(f"{path} line 2: the rate is {found[1]:g} Hz; this sensor has {sensor.rate} Hz.")
    return found[0]
