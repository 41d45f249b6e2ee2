"""Files of an Empatica E4 wristband: a start, a rate, and values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Signal
from bench.errors import DataError
from bench.readers.file_checks import printable, require_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bench.api import Array

MAX_LINE = 1000  # bytes of the lines above the values
TOLERANCE = 60  # seconds between the starts, and between the ends, of sensors; in releases they are up to 18 s apart
CLOCK = "%Y-%m-%d %H:%M:%S"  # in UTC


@dataclass(frozen=True)
class Sensor:
    """One file per recording."""

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


def signals(folder: Path, names: Sequence[str] = tuple(SENSORS)) -> tuple[float, dict[str, Signal]]:
    """The signals in a folder after the Unix time of second 0, at which every sensor but the late one starts."""
    sensors = {name: SENSORS[name] for name in names}
    values = {name: read_values(folder / sensor.file, sensor) for name, sensor in sensors.items()}
    starts = {name: read_start(folder / sensor.file, sensor) for name, sensor in sensors.items()}
    first, measured = sensors[names[0]], {}
    zero = starts[names[0]]
    for name, sensor in sensors.items():
        missing = (starts[name] - zero) * sensor.rate
        padded = sensor.late and 0 < missing <= TOLERANCE * sensor.rate and missing.is_integer()
        if missing != 0 and not padded:
            expected = f"a start at most {TOLERANCE} whole seconds later" if sensor.late else "the same start"
            raise DataError(
                f"{folder / sensor.file} starts {starts[name] - zero:+g} s from {first.file}; expected {expected}."
            )
        samples = np.pad(values[name], ((0, 0), (int(missing), 0)), constant_values=np.nan)
        measured[name] = Signal(samples, sensor.rate, sensor.unit, sensor.channels)
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

    cells = tables.read(path, dict.fromkeys(sensor.channels, float), header=False, skip=2).to_numpy()
    for row, channel in np.argwhere(np.abs(cells) > np.finfo(np.float32).max)[:1]:
        place = f"{path} line {row + 3}, column '{sensor.channels[channel]}'"
        raise DataError(f"{place}: {cells[row, channel]:g} is too large for a sample.")
    return np.ascontiguousarray(cells.astype(np.float32).T) * np.float32(sensor.scale)


def read_start(path: Path, sensor: Sensor) -> float:
    """The first line of a file as a Unix time; raises unless the second line is the expected rate."""
    require_regular(path)
    with path.open("rb") as file:
        lines = [file.readline(MAX_LINE).decode("utf-8", "replace").strip() for _ in range(2)]
    readers: tuple[tuple[str, Callable[[str], float]], ...] = (
        ("a Unix time or a UTC date and time", unix_time),
        ("a rate", float),
    )
    numbers = list[float]()
    for number, (text, (what, parse)) in enumerate(zip(lines, readers, strict=True), 1):
        try:
            values = {parse(cell) for cell in text.split(",")}
        except ValueError:
            values = set()
        if len(values) != 1 or not all(map(np.isfinite, values)):
            raise DataError(
                f"{path} line {number}: '{printable(text[:40])}' is not {what}; expected a file of an Empatica E4."
            )
        numbers.append(values.pop())
    if numbers[1] != sensor.rate:
        raise DataError(f"{path} line 2: the rate is {numbers[1]:g} Hz; expected {sensor.rate} Hz.")
    return numbers[0]


def read_presses(path: Path) -> list[float]:
    """The Unix times at which the button was pressed; none where the file is empty."""
    from bench.readers import tables

    require_regular(path)
    if path.stat().st_size == 0:
        return []
    times = []
    for number, text in enumerate(tables.read(path, {"time": str}, header=False)["time"], 1):
        try:
            times.append(unix_time(text))
        except ValueError:
            raise DataError(
                f"{path} line {number}: '{printable(text[:40])}' is not a Unix time or a UTC date and time."
            ) from None
        if not np.isfinite(times[-1]) or times[-1] <= max(times[:-1], default=-np.inf):
            raise DataError(f"{path} line {number}: the time is not after that of the line before.")
    return times


def unix_time(text: str) -> float:
    """Seconds since 1970 of a number or a clock; ValueError where the text is neither."""
    try:
        return float(text)
    except ValueError:
        return datetime.strptime(text.strip(), CLOCK).replace(tzinfo=UTC).timestamp()
