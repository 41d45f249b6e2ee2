"""Simulated files in the layout of the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api.simulation import Episode, Script
from bench_way_eeg_gal.lifts import COLUMNS
from bench_way_eeg_gal.series import EEG, EMG, RATES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.api import Array
    from bench.readers import StandIn

SECONDS = 40.0
PERIOD = 9.0  # seconds from one lift to the next
LIGHT_ON, LIGHT_OFF = 2.0, 6.5  # seconds from the start of a lift's window
NUMBERS = {"Part": 0, "Run": 1, "Lift": 2, "CurW": 3, "CurS": 4, "PrevW": 5, "PrevS": 6, "StartTime": 7, "LEDOn": 8,
           "LEDOff": 9}  # fmt: skip
CAP = ("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "FC5", "FC1", "FC2", "FC6", "T7", "C3", "Cz", "C4", "T8", "TP9",
       "CP5", "CP1", "CP2", "CP6", "TP10", "P7", "P3", "Pz", "P4", "P8", "PO9", "O1", "Oz", "O2", "PO10")  # fmt: skip
MUSCLES = ("anterior deltoid", "brachioradial", "flexor digitorum", "common extensor digitorum",
           "first dorsal interosseus")  # fmt: skip


def write(folder: Path, spec: StandIn) -> Iterator[str]:
    """A folder per subject: two series, a short one of the competition, and the table of all lifts."""
    from scipy.io import savemat

    for subject in range(1, spec.subjects + 1):
        own = folder / f"P{subject}"
        own.mkdir()
        rows = []
        for series in (1, 2):
            seconds = spec.seconds or SECONDS
            lifts = simulate_lifts(spec, subject, series, seconds)
            signals = simulate_signals(spec, subject, series, seconds, lifts)
            hs = {"hs": continuous(subject, series, signals)}
            savemat(own / f"HS_P{subject}_S{series}.mat", hs, do_compression=True)
            rows.append(lifts)
        short = simulate_signals(spec, subject, 3, 10.0, np.empty((0, COLUMNS)))
        hs = {"hs": continuous(subject, "T", {"eeg": short["eeg"]})}
        savemat(own / f"HS_P{subject}_ST.mat", hs, do_compression=True)
        table = {"AllLifts": np.concatenate(rows), "ColNames": cell(column_names())}
        savemat(own / f"P{subject}_AllLifts.mat", {"P": table}, do_compression=True)
        yield f"P{subject}"


def simulate_lifts(spec: StandIn, subject: int, series: int, seconds: float) -> Array:
    """The rows of one series in the table of all lifts; other columns are NaN."""
    rng = np.random.default_rng([spec.seed, subject, series])
    starts = np.arange(0.0, seconds - PERIOD + 1e-9, PERIOD)
    count = len(starts)
    weights = np.concatenate([rng.permutation([1, 2, 4]) for _ in range(count // 3 + 1)])[:count]
    surfaces = rng.integers(1, 4, count)
    rows = np.full((count, COLUMNS), np.nan)
    values = {"Part": subject, "Run": series, "Lift": np.arange(1, count + 1), "CurW": weights, "CurS": surfaces,
              "PrevW": np.roll(weights, 1), "PrevS": np.roll(surfaces, 1), "StartTime": starts, "LEDOn": LIGHT_ON,
              "LEDOff": LIGHT_OFF}  # fmt: skip
    for name, value in values.items():
        rows[:, NUMBERS[name]] = value
    return rows


def simulate_signals(spec: StandIn, subject: int, series: int, seconds: float, lifts: Array) -> dict[str, Array]:
    """EEG and EMG, (time, channels): arousal increases with the weight, valence decreases with the smoothness."""
    episodes = [
        Episode(row[7] + row[8], min(row[7] + row[9], seconds), {1: -1.0, 2: 0.0}.get(row[3], 1.0), 2.0 - row[4])
        for row in lifts.tolist()
    ]
    signals = {"eeg": (RATES["eeg"], EEG), "emg": (RATES["emg"], EMG)}
    simulated = spec.simulate(Script(spec.seed, f"P{subject}", str(series), seconds, episodes, signals))
    return {
        name: np.round(np.asarray(values, dtype=float), 3 if name == "emg" else 1).T
        for name, values in simulated.items()
    }


def continuous(subject: int, series: int | str, signals: Mapping[str, Array]) -> dict[str, Any]:
    """The struct `hs`."""
    parts = {
        name: {"names": cell(CAP if name == "eeg" else MUSCLES), "sig": values, "samplingrate": RATES[name]}
        for name, values in signals.items()
    }
    return {"name": "XX", "participant": subject, "series": series, **parts}


def column_names() -> list[str]:
    """The columns that are read by name, then numbered ones."""
    return [*NUMBERS, *(f"Column{number}" for number in range(len(NUMBERS) + 1, COLUMNS + 1))]


def cell(texts: Sequence[str]) -> Array:
    """A row of a cell array."""
    array = np.empty((1, len(texts)), dtype=object)
    array[0] = texts
    return array
