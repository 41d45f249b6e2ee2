"""Pulse rate of a wristband by `statistics`, beside what the wristband says itself: a table of the errors.

    python benchmarks/heart_rate.py DATA        # the folder of Stress-Predict

The device gives a heart rate every second, which it smooths over many seconds and keeps through motion, and
the intervals between those beats that it trusts. `device's rate` compares with the first, `device's beats` with
the second where they fill 7 tenths of a window. The last rows say how far the device is from itself.
"""
# ruff: noqa: PD011 - values of a signal, not of a table

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from bench.readers.empatica import signals
from bench_statistics.columns import table
from bench_statistics.electrodermal import SCR
from bench_stress_predict.layout import RAW

DELAY = 5  # seconds by which the smoothed rate lags behind
FILLED = 0.7


def compared(folder: Path, length: int) -> pd.DataFrame:
    """Windows of one person: our rate, the device's rate, and that of its trusted beats (NaN where they are few)."""
    _, measured = signals(folder)
    bvp, smoothed = measured["bvp"], measured["hr"].values[0]
    count = min(int(bvp.values.shape[1] / bvp.rate), len(smoothed) - DELAY) // length
    windows = bvp.values[:, : round(count * length * bvp.rate)].reshape(count, 1, -1)
    columns, values, _ = table(windows, bvp.rate, "bvp", (), SCR)
    place = [column.name for column in columns].index("pulse_rate_bpm")
    starts = length * np.arange(count)
    device = smoothed[DELAY : DELAY + count * length].reshape(count, length).mean(axis=1)  # NaN while it starts
    return pd.DataFrame({"ours": values[:, place], "rate": device, "beats": trusted(folder, starts, length)})


def trusted(folder: Path, starts: np.ndarray, length: int) -> list[float]:
    """60 over the mean of the beat intervals that the device trusts, by window."""
    end, interval = np.loadtxt(folder / "IBI.csv", delimiter=",", skiprows=1, ndmin=2).T
    found = []
    for start in starts:
        inside = interval[(end - interval >= start) & (end <= start + length)]
        found.append(60 / inside.mean() if inside.sum() >= FILLED * length else np.nan)
    return found


def errors(ours: pd.Series, reference: pd.Series) -> dict[str, float]:
    """The distribution of the absolute difference in beats per minute, over windows where there is a reference."""
    known = reference.notna()
    error = (ours - reference)[known & ours.notna()].abs()
    return {
        "windows": int(known.sum()),
        "without rate": int((known & ours.isna()).sum()),
        "median": error.median(),
        "90 %": error.quantile(0.9),
        "95 %": error.quantile(0.95),
        "within 5": (error <= 5).mean(),
    }


def main(root: Path) -> None:
    people = sorted(folder for folder in (root / RAW).glob("S*") if folder.is_dir())
    rows = {}
    for length in (10, 30):
        found = pd.concat([compared(folder, length) for folder in people])
        rows[f"{length} s, ours to device's rate"] = errors(found["ours"], found["rate"])
        rows[f"{length} s, ours to device's beats"] = errors(found["ours"], found["beats"])
        rows[f"{length} s, device's rate to its beats"] = errors(found["rate"], found["beats"])
    print(f"{len(people)} people, absolute difference in beats per minute")
    print(pd.DataFrame(rows).T.round(2).astype({"windows": int, "without rate": int}).to_string())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
