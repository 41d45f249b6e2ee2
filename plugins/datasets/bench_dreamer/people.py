"""All people lie in one file: what it holds, checked, and who is kept until asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import DataError
from bench.readers import matlab
from bench_dreamer.layout import CHANNELS, EEG, RATES, RATINGS, VIDEOS

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array

#: The people after the one who was asked for last, by the state of the file. One file of 450 MB holds everybody, and
#: reading it takes as long for one as for all; asked for in order, each is given away, and nothing is left in the end.
_waiting: dict[tuple[str, int, int], dict[int, dict[str, Any]]] = {}


def person(file: Path, number: int, people: int) -> dict[str, Any]:
    """The parts of one person, numbered from 0: EEG and ECG as lists of (time, channels), ratings as arrays."""
    found = file.stat()
    state = (str(file.absolute()), found.st_size, found.st_mtime_ns)
    if number not in _waiting.get(state, {}):
        _waiting.clear()
        everybody = read(file, people)
        _waiting[state] = {place: each for place, each in enumerate(everybody) if place >= number}
    asked = _waiting[state].pop(number)
    if not _waiting[state]:
        del _waiting[state]
    return asked


def read(file: Path, people: int) -> list[dict[str, Any]]:
    """Everybody, without the baselines."""
    variables = matlab.load(file, ["DREAMER"])
    top = structure(str(file), "DREAMER", variables.pop("DREAMER"), ("Data", "EEG_SamplingRate", "ECG_SamplingRate"))
    for name, expected in {"EEG_SamplingRate": RATES["eeg"], "ECG_SamplingRate": RATES["ecg"]}.items():
        if not same_number(top[name], expected):
            raise DataError(f"{file}: {name} is {shown(top[name])}; expected {expected:g}.")
    electrodes = top.get("EEG_Electrodes")
    if electrodes is not None and tuple(np.ravel(electrodes)) != EEG:
        raise DataError(f"{file}: EEG_Electrodes is {shown(electrodes)}; expected {', '.join(EEG)}.")
    data = top.pop("Data")
    if not isinstance(data, np.ndarray) or data.dtype != object or data.shape != (1, people):
        raise DataError(f"{file}: Data is {shown(data)}; expected a cell array (1, {people}), a cell per person.")
    made = []
    for place in range(people):
        made.append(checked(f"{file}, person {place + 1}", data[0, place]))
        data[0, place] = None  # before the next one is converted, since all together are large
    return made


def checked(where: str, given: Any) -> dict[str, Any]:
    """One person, without the baselines."""
    parts = structure(where, "the cell in Data", given, ("EEG", "ECG", *RATINGS.values()))
    made: dict[str, Any] = {}
    for modality in ("eeg", "ecg"):
        field = modality.upper()
        stimuli = structure(where, field, parts[field], ("stimuli",))["stimuli"]
        if not isinstance(stimuli, np.ndarray) or stimuli.dtype != object or stimuli.size != VIDEOS:
            raise DataError(f"{where}: {field}.stimuli is {shown(stimuli)}; expected {VIDEOS} cells, one per video.")
        channels = len(CHANNELS[modality])
        made[modality] = [
            samples(f"{where}, video {place + 1}: {field}.stimuli", cell, channels)
            for place, cell in enumerate(stimuli.ravel())
        ]
    for rating, field in RATINGS.items():
        values = parts[field]
        if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu" or values.size != VIDEOS:
            raise DataError(f"{where}: {field} is {shown(values)}; expected {VIDEOS} numbers, one per video.")
        made[rating] = np.asarray(values, dtype=float).ravel()
        wrong = next((value for value in made[rating] if not (np.isnan(value) or 1 <= value <= 5)), None)
        if wrong is not None:
            raise DataError(f"{where}: {field} holds {wrong:g}; expected 1 to 5.")
    return made


def structure(where: str, name: str, found: Any, fields: tuple[str, ...]) -> dict[str, Any]:
    """A structure that has these fields."""
    if not isinstance(found, dict):
        raise DataError(f"{where}: {name} is {shown(found)}; expected a structure with {', '.join(fields)}.")
    absent = next((field for field in fields if field not in found), None)
    if absent:
        raise DataError(f"{where}: {name} has no field '{absent}'; it has {', '.join(found) or 'none'}.")
    return found


def samples(where: str, found: Any, channels: int) -> Array:
    """(time, channels) in half the memory."""
    if (
        not isinstance(found, np.ndarray)
        or found.dtype.kind not in "fiu"
        or found.ndim != 2
        or found.shape[1] != channels
    ):
        raise DataError(f"{where} is {shown(found)}; expected numbers with {channels} columns.")
    return found.astype(np.float32)


def same_number(found: Any, expected: float) -> bool:
    return isinstance(found, np.ndarray) and found.size == 1 and found.dtype.kind in "fiu" and found.item() == expected


def shown(found: Any) -> str:
    """What a variable is, in words."""
    if isinstance(found, np.ndarray) and found.size == 1 and found.dtype.kind in "fiu":
        return f"{found.item():g}"
    if isinstance(found, np.ndarray):
        return f"{'a cell array' if found.dtype == object else f'an array of {found.dtype}'} {found.shape}"
    return (
        f"the text '{found}'" if isinstance(found, str) else "a structure" if isinstance(found, dict) else repr(found)
    )
