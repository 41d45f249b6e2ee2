"""The wrist device: the precision of its values, and its archive of tables."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.api import Array

RATES = {"ACC": 32, "BVP": 64, "EDA": 4, "TEMP": 4}
START = 1495437325.0  # seconds since 1970
FORMATS = {"ACC": "%d", "BVP": "%.2f", "EDA": "%.6f", "TEMP": "%.2f"}


def quantise(signals: Mapping[str, Array]) -> dict[str, Array]:
    """Key of the pickle -> (time, channels), from acc (g), bvp, eda (uS) and temp (degC), each (channels, time)."""
    exact = {name: signals[name.lower()].T.astype(np.float64) for name in RATES}
    return {
        "ACC": np.rint(exact["ACC"] * 64).clip(-128, 127),
        "BVP": exact["BVP"].round(2),
        "EDA": exact["EDA"].round(6),
        "TEMP": exact["TEMP"].round(2),
    }


def write_archive(path: Path, signals: Mapping[str, Array]) -> None:
    """A table per sensor: start, rate, then values."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rate in RATES.items():
            columns = signals[name].shape[1]
            head = [", ".join([f"{first:.6f}"] * columns) for first in (START, rate)]
            line = ",".join([FORMATS[name]] * columns)
            rows = [line % tuple(row) for row in signals[name].tolist()]
            archive.writestr(f"{name}.csv", "\n".join([*head, *rows, ""]))
        for name in ("HR.csv", "IBI.csv", "tags.csv"):
            archive.writestr(name, "")
        archive.writestr("info.txt", "Simulated: an archive in the layout of the wrist device.\n")
