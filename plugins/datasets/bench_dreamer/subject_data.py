"""The data of one subject in the file of all subjects, validated against the documented layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import DataError
from bench.readers import matlab
from bench_dreamer.layout import CHANNELS, EEG, N_VIDEOS, RATES, RATINGS

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array

#: Subjects that were read but not requested yet, by path, size and time of the file. Reading 450 MB takes as long for
#: one subject as for all. Requested in order, each subject is handed over once, and nothing is left in the end.
_pending: dict[tuple[str, int, int], dict[int, dict[str, Any]]] = {}


def load_subject(file: Path, index: int, n_subjects: int) -> dict[str, Any]:
    """One subject: EEG and ECG as lists of (time, channels), ratings as arrays."""
    status = file.stat()
    version = (str(file.absolute()), status.st_size, status.st_mtime_ns)
    if index not in _pending.get(version, {}):
        _pending.clear()
        subjects = read(file, n_subjects)
        _pending[version] = {number: subject for number, subject in enumerate(subjects) if number >= index}
    requested = _pending[version].pop(index)
    if not _pending[version]:
        del _pending[version]
    return requested


def read(file: Path, n_subjects: int) -> list[dict[str, Any]]:
    """All subjects, without the baselines."""
    variables = matlab.read(file, ["DREAMER"])
    top = check_struct(str(file), "DREAMER", variables.pop("DREAMER"), ("Data", "EEG_SamplingRate", "ECG_SamplingRate"))
    for name, expected in {"EEG_SamplingRate": RATES["eeg"], "ECG_SamplingRate": RATES["ecg"]}.items():
        if not is_number(top[name], expected):
            raise DataError(f"{file}: {name} is {describe(top[name])}; expected {expected:g}.")
    electrodes = top.get("EEG_Electrodes")
    if electrodes is not None and tuple(np.ravel(electrodes)) != EEG:
        raise DataError(f"{file}: EEG_Electrodes is {describe(electrodes)}; expected {', '.join(EEG)}.")
    data = top.pop("Data")
    if not isinstance(data, np.ndarray) or data.dtype != object or data.shape != (1, n_subjects):
        raise DataError(
            f"{file}: Data is {describe(data)}; expected a cell array (1, {n_subjects}), one cell per subject."
        )
    subjects = []
    for index in range(n_subjects):
        subjects.append(check_subject(f"{file}, subject {index + 1}", data[0, index]))
        data[0, index] = None  # before the next subject is converted, since all of them together are large
    return subjects


def check_subject(where: str, cell: Any) -> dict[str, Any]:
    """One subject, without the baselines."""
    fields = check_struct(where, "the cell in Data", cell, ("EEG", "ECG", *RATINGS.values()))
    subject: dict[str, Any] = {}
    for modality in ("eeg", "ecg"):
        field = modality.upper()
        stimuli = check_struct(where, field, fields[field], ("stimuli",))["stimuli"]
        if not isinstance(stimuli, np.ndarray) or stimuli.dtype != object or stimuli.size != N_VIDEOS:
            raise DataError(
                f"{where}: {field}.stimuli is {describe(stimuli)}; expected {N_VIDEOS} cells, one per video."
            )
        channels = len(CHANNELS[modality])
        subject[modality] = [
            check_samples(f"{where}, video {number}: {field}.stimuli", samples, channels)
            for number, samples in enumerate(stimuli.ravel(), 1)
        ]
    for rating, field in RATINGS.items():
        values = fields[field]
        if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu" or values.size != N_VIDEOS:
            raise DataError(f"{where}: {field} is {describe(values)}; expected {N_VIDEOS} numbers, one per video.")
        subject[rating] = np.asarray(values, dtype=float).ravel()
        wrong = next((value for value in subject[rating] if not (np.isnan(value) or 1 <= value <= 5)), None)
        if wrong is not None:
            raise DataError(f"{where}: {field} contains {wrong:g}; expected 1 to 5.")
    return subject


def check_struct(where: str, name: str, value: Any, fields: tuple[str, ...]) -> dict[str, Any]:
    """A struct that has these fields."""
    if not isinstance(value, dict):
        raise DataError(f"{where}: {name} is {describe(value)}; expected a struct with {', '.join(fields)}.")
    missing = next((field for field in fields if field not in value), None)
    if missing:
        raise DataError(f"{where}: {name} has no field '{missing}'; it has {', '.join(value) or 'none'}.")
    return value


def check_samples(where: str, value: Any, channels: int) -> Array:
    """(time, channels), in half the memory."""
    if (
        not isinstance(value, np.ndarray)
        or value.dtype.kind not in "fiu"
        or value.ndim != 2
        or value.shape[1] != channels
    ):
        raise DataError(f"{where} is {describe(value)}; expected numbers with {channels} columns.")
    return value.astype(np.float32)


def is_number(value: Any, expected: float) -> bool:
    return isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "fiu" and value.item() == expected


def describe(value: Any) -> str:
    """A variable in words, for error messages."""
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "fiu":
        return f"{value.item():g}"
    if isinstance(value, np.ndarray):
        return f"{'a cell array' if value.dtype == object else f'an array of {value.dtype}'} {value.shape}"
    return f"the text '{value}'" if isinstance(value, str) else "a struct" if isinstance(value, dict) else repr(value)
