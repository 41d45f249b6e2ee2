"""The chest device: 16-bit codes, their physical values, and the text file that it writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from bench_wesad.protocol import RATE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.api import Array

CODES = 1 << 16
VOLTS = 3.0
COLUMNS = ("ECG", "EDA", "EMG", "TEMP", "X", "Y", "Z", "RESP")
CHUNK = 1 << 18  # lines that are written at once


def celsius() -> Array:
    """The temperature of every code but the first and the last, which stand for a broken thermistor."""
    volts = np.arange(1, CODES - 1) * VOLTS / (CODES - 1)
    log = np.log(1e4 * volts / (VOLTS - volts))
    return -273.15 + 1 / (1.12764514e-3 + 2.34282709e-4 * log + 8.77303013e-8 * log**3)


def encode(signals: Mapping[str, Array]) -> dict[str, Array]:
    """Column -> codes, from ecg, emg (mV), eda (uS), temp (degC), acc (g) and resp (%), each (channels, time)."""
    coldest_first = celsius()[::-1]
    warmer = np.searchsorted(coldest_first, signals["temp"][0])
    raw = {
        "ECG": (signals["ecg"][0] / VOLTS + 0.5) * CODES,
        "EDA": signals["eda"][0] * 0.12 / VOLTS * CODES,
        "EMG": (signals["emg"][0] / VOLTS + 0.5) * CODES,
        "TEMP": CODES - 2 - warmer,
        **{axis: (signals["acc"][row] + 1) / 2 * 10000 + 28000 for row, axis in enumerate("XYZ")},
        "RESP": (signals["resp"][0] / 100 + 0.5) * CODES,
    }
    return {name: np.rint(raw[name]).clip(1, CODES - 2).astype(np.uint16) for name in COLUMNS}


def decode(codes: Mapping[str, Array]) -> dict[str, Array]:
    """Key of the pickle -> (time, channels), in the units and types of the pickle."""
    volts = {name: codes[name][:, None] / CODES for name in ("ECG", "EDA", "EMG", "RESP")}
    axes = np.stack([codes[axis] for axis in "XYZ"], axis=1).astype(np.float32)
    return {
        "ACC": ((axes - np.float32(28000)) / np.float32(10000) * 2 - 1).astype(np.float64),
        "ECG": (volts["ECG"] - 0.5) * VOLTS,
        "EMG": (volts["EMG"] - 0.5) * VOLTS,
        "EDA": volts["EDA"] * VOLTS / 0.12,
        "Temp": celsius().astype(np.float32)[codes["TEMP"][:, None].astype(np.intp) - 1],
        "Resp": (volts["RESP"] - 0.5) * 100,
    }


def write_text(path: Path, codes: Mapping[str, Array]) -> None:
    """Three lines of header, then rows of number, digital input and eight channels, each followed by a tab."""
    names = ["nSeq", "DI", *(f"CH{number}" for number in range(1, 9))]
    device = {"sensor": list(COLUMNS), "device name": "00:07:80:00:00:00", "column": names, "sync interval": 2,
              "time": "10:00:00.000", "date": "2017-05-22", "device": "biosignalsplux", "mode": 0,
              "sampling rate": RATE, "resolution": [16] * 8, "channels": list(range(1, 9))}  # fmt: skip
    head = ["# OpenSignals Text File Format", f"# {json.dumps({'00:07:80:00:00:00': device})}", "# EndOfHeader"]
    code_texts = np.array([f"{code}\t" for code in range(CODES)], dtype="S6")
    length = len(codes["ECG"])
    with path.open("wb") as file:
        file.write("".join(f"{line}\n" for line in head).encode())
        for start in range(0, length, CHUNK):
            rows = slice(start, min(length, start + CHUNK))
            numbers = np.array([f"{number}\t0\t" for number in range(rows.start, rows.stop)], dtype="S12")
            cells = np.stack([code_texts[codes[name][rows]] for name in COLUMNS], axis=1).view("S48")[:, 0]
            ends = np.full(len(numbers), b"\n")
            lines = np.rec.fromarrays([numbers, cells, ends])
            file.write(lines.tobytes().translate(None, b"\0"))
