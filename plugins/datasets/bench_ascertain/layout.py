"""What is documented of the files of ASCERTAIN, and what is found in a folder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE, CLIPS = 58, 36
RAW = ("ASCERTAIN_Raw", ".")  # where the folders of signals lie
FEATURES = ("ASCERTAIN_Features", ".")  # where the ratings lie
REPORTS = "Dt_SelfReports.mat"
INCOMPLETE = ("P44", "P52")
NEW_COLUMNS = 9  # from this person on, ECG lies in other columns

VARIABLES = {"ecg": "Data_ECG", "eda": "Data_GSR", "eeg": "ThisEEG"}
FOLDERS = {"ecg": "ECG", "eda": "GSR", "eeg": "EEG"}
CHANNELS = {"ecg": ("R", "L"), "eda": ("GSR",), "eeg": tuple(f"column {column}" for column in range(1, 9))}
RATES = {"ecg": 256.0, "eda": 32.0, "eeg": 32.0}  # of the grids that signals are put on
SCALES = {  # in the order of the file
    "arousal": (0, 6), "valence": (-3, 3), "engagement": (-10, 10), "liking": (-10, 10), "familiarity": (-10, 10),
}  # fmt: skip
MIDDLES = {"arousal": 3.0, "valence": 0.0}

PERSON = re.compile(r"Movie_P(\d{1,2})")
MARKS = tuple(f"{place}/ECGData/Movie_P*/ECG_Clip*.mat".removeprefix("./") for place in RAW)


def columns(modality: str, person: int) -> list[int]:
    """Where the channels lie, after the time in column 0."""
    if modality == "ecg":
        return [4, 5] if person >= NEW_COLUMNS else [1, 2]
    return [4] if modality == "eda" else list(range(1, 9))


def find(folder: Path) -> dict[str, dict[str, Path]]:
    """Person -> modality -> the folder of the clips."""
    found: dict[str, dict[str, Path]] = {}
    for modality, name in FOLDERS.items():
        for own in sorted(own for place in RAW for own in (folder / place / f"{name}Data").glob("Movie_P*")):
            match = PERSON.fullmatch(own.name)
            if not match or not 1 <= int(match[1]) <= PEOPLE:
                raise DataError(f"{own} is of nobody who took part; people are Movie_P01 to Movie_P{PEOPLE}.")
            if any(own.glob(f"{name}_Clip*.mat")):
                found.setdefault(f"P{int(match[1]):02d}", {})[modality] = own
    return dict(sorted(found.items()))


def clip(folder: Path, modality: str, number: int) -> Path:
    """The file of one clip."""
    return folder / f"{FOLDERS[modality]}_Clip{number}.mat"


def reports(folder: Path) -> Path:
    """The ratings of everybody."""
    for place in FEATURES:
        if (folder / place / REPORTS).is_file():
            return folder / place / REPORTS
    raise DataError(f"{folder} has no {FEATURES[0]}/{REPORTS}, which holds the ratings of everybody; add it.")
