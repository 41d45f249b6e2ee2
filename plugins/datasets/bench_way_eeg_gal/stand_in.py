"""Simulated files in the layout of the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api.simulation import Episode, Script
from bench_way_eeg_gal.lifts import COLUMNS, SURFACES, TARGETS
from bench_way_eeg_gal.series import EEG, EMG, RATES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.api import Array
    from bench.readers import StandIn

SECONDS = 40.0
EVERY = 9.0  # seconds from one lift to the next, which is the length of a window too
ON, OFF = 2.0, 6.5  # seconds from the start of a window
NUMBERS = {"Part": 0, "Run": 1, "Lift": 2, "CurW": 3, "CurS": 4, "PrevW": 5, "PrevS": 6, "StartTime": 7, "LEDOn": 8,
           "LEDOff": 9}  # fmt: skip
CAP = ("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "FC5", "FC1", "FC2", "FC6", "T7", "C3", "Cz", "C4", "T8", "TP9",
       "CP5", "CP1", "CP2", "CP6", "TP10", "P7", "P3", "Pz", "P4", "P8", "PO9", "O1", "Oz", "O2", "PO10")  # fmt: skip
MUSCLES = ("anterior deltoid", "brachioradial", "flexor digitorum", "common extensor digitorum",
           "first dorsal interosseus")  # fmt: skip


def write(folder: Path, wanted: StandIn) -> Iterator[str]:
    """A folder per person: two series, a short one for the competition, and the table of all lifts."""
    from scipy.io import savemat

    for person in range(1, wanted.subjects + 1):
        last = person == wanted.subjects
        defects = wanted.defects if last else ()
        place = folder / f"P{person}"
        place.mkdir()
        rows = []
        for series in (1, 2):
            seconds = wanted.seconds or SECONDS
            plan = lifts(wanted, person, series, seconds, cut_off="cut-off" in defects)
            signals = simulated(wanted, person, series, seconds, plan)
            if "no-emg" in defects:
                del signals["emg"]
            kind = "WS" if "windows-only" in defects else "HS"
            made = windowed(person, series, signals, plan) if kind == "WS" else continuous(person, series, signals)
            savemat(place / f"{kind}_P{person}_S{series}.mat", {kind.lower(): made}, do_compression=True)
            rows.append(plan)
        short = simulated(wanted, person, 3, 10.0, np.empty((0, COLUMNS)))
        savemat(
            place / f"HS_P{person}_ST.mat", {"hs": continuous(person, "T", {"eeg": short["eeg"]})}, do_compression=True
        )
        if not {"no-table", "windows-only"} & set(defects):
            table = {"AllLifts": np.concatenate(rows), "ColNames": cell(names_of_columns())}
            savemat(place / f"P{person}_AllLifts.mat", {"P": table}, do_compression=True)
        yield f"P{person}"


def lifts(wanted: StandIn, person: int, series: int, seconds: float, *, cut_off: bool) -> Array:
    """The rows of one series in the table of all lifts; what is not simulated is NaN."""
    rng = np.random.default_rng([wanted.seed, person, series])
    last = seconds - ON if cut_off else seconds - EVERY + 1e-9
    starts = np.arange(0.0, last, EVERY)
    count = len(starts)
    weights = np.concatenate([rng.permutation([1, 2, 4]) for _ in range(count // 3 + 1)])[:count]
    surfaces = rng.integers(1, 4, count)
    rows = np.full((count, COLUMNS), np.nan)
    values = {"Part": person, "Run": series, "Lift": np.arange(1, count + 1), "CurW": weights, "CurS": surfaces,
              "PrevW": np.roll(weights, 1), "PrevS": np.roll(surfaces, 1), "StartTime": starts, "LEDOn": ON,
              "LEDOff": OFF}  # fmt: skip
    for name, value in values.items():
        rows[:, NUMBERS[name]] = value
    if cut_off:
        rows[-1, NUMBERS["LEDOff"]] = seconds - starts[-1] + 1.0
    return rows


def simulated(wanted: StandIn, person: int, series: int, seconds: float, plan: Array) -> dict[str, Array]:
    """EEG and EMG, (time, channels): the heavier, the more excited; the smoother, the less pleasant."""
    episodes = [
        Episode(row[7] + row[8], min(row[7] + row[9], seconds), {1: -1.0, 2: 0.0}.get(row[3], 1.0), 2.0 - row[4])
        for row in plan.tolist()
    ]
    signals = {"eeg": (RATES["eeg"], EEG), "emg": (RATES["emg"], EMG)}
    made = wanted.simulate(Script(wanted.seed, f"P{person}", str(series), seconds, episodes, signals))
    return {
        name: np.round(np.asarray(values, dtype=float), 3 if name == "emg" else 1).T for name, values in made.items()
    }


def continuous(person: int, series: int | str, signals: Mapping[str, Array]) -> dict[str, Any]:
    """The structure `hs`."""
    parts = {
        name: {"names": cell(CAP if name == "eeg" else MUSCLES), "sig": values, "samplingrate": RATES[name]}
        for name, values in signals.items()
    }
    return {"name": "XX", "participant": person, "series": series, **parts}


def windowed(person: int, series: int, signals: Mapping[str, Array], plan: Array) -> dict[str, Any]:
    """The structure `ws`: a window of each lift, which here touch."""
    members = ["eeg", "kin", "emg", "eeg_t", "emg_t", "trial_start_time", "trial_end_time", "LEDon", "LEDoff", "weight",
               "weight_id", "surf", "surf_id"]  # fmt: skip
    made = np.empty((1, len(plan)), dtype=[(name, object) for name in members])
    for place, row in enumerate(plan.tolist()):
        start, weight, surface = row[7], int(row[3]), int(row[4])
        cut = {
            name: values[round(start * RATES[name]) : round((start + EVERY) * RATES[name])]
            for name, values in signals.items()
        }
        eeg, emg = cut["eeg"], cut.get("emg", np.empty((0, 0)))
        times = {name: np.arange(len(values))[:, None] / RATES[name] for name, values in (("eeg", eeg), ("emg", emg))}
        text = TARGETS["weight"][{1: 0, 2: 1}.get(weight, 2)].replace("g", " g")
        made[0, place] = (eeg, np.zeros((len(eeg), 45)), emg, times["eeg"], times["emg"], start, start + EVERY, row[8],
                          row[9], weight, text, surface, SURFACES[surface])  # fmt: skip
    names = {"eeg": cell(CAP), "kin": cell([f"kin {place}" for place in range(1, 46)]), "emg": cell(MUSCLES)}
    return {"name": "XX", "participant": person, "series": series, "names": names, "win": made}


def names_of_columns() -> list[str]:
    """Those that are read by name, then numbers."""
    return [*NUMBERS, *(f"Column{place}" for place in range(len(NUMBERS) + 1, COLUMNS + 1))]


def cell(texts: Sequence[str]) -> Array:
    """A row of a cell array."""
    made = np.empty((1, len(texts)), dtype=object)
    made[0] = texts
    return made
