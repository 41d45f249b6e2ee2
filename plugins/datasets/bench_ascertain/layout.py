"""The documented layout of ASCERTAIN, and its files in a folder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

N_SUBJECTS, N_CLIPS = 58, 36
RAW = ("ASCERTAIN_Raw", ".")  # folders of signals
FEATURES = ("ASCERTAIN_Features", ".")  # folders of the ratings
REPORTS = "Dt_SelfReports.mat"
INCOMPLETE = ("P44", "P52")
NEW_COLUMNS = 9  # from this subject on, ECG is in other columns

VARIABLES = {"ecg": "Data_ECG", "eda": "Data_GSR", "eeg": "ThisEEG"}
FOLDERS = {"ecg": "ECG", "eda": "GSR", "eeg": "EEG"}
CHANNELS = {"ecg": ("R", "L"), "eda": ("GSR",), "eeg": tuple(f"column {column}" for column in range(1, 9))}
RATES = {"ecg": 256.0, "eda": 32.0, "eeg": 32.0}  # after resampling
SCALES = {  # in the order of the file
    "arousal": (0, 6), "valence": (-3, 3), "engagement": (-10, 10), "liking": (-10, 10), "familiarity": (-10, 10),
}  # fmt: skip
MIDPOINTS = {"arousal": 3.0, "valence": 0.0}

SUBJECT_FOLDER = re.compile(r"Movie_P(\d{1,2})")
ROOT_PATTERNS = tuple(f"{folder}/ECGData/Movie_P*/ECG_Clip*.mat".removeprefix("./") for folder in RAW)


def columns(modality: str, subject: int) -> list[int]:
    """The columns of the channels; column 0 is the time."""
    if modality == "ecg":
        return [4, 5] if subject >= NEW_COLUMNS else [1, 2]
    return [4] if modality == "eda" else list(range(1, 9))


def find(folder: Path) -> dict[str, dict[str, Path]]:
    """Subject -> modality -> the folder of the clips."""
    subjects: dict[str, dict[str, Path]] = {}
    for modality, name in FOLDERS.items():
        for clips in sorted(clips for raw in RAW for clips in (folder / raw / f"{name}Data").glob("Movie_P*")):
            match = SUBJECT_FOLDER.fullmatch(clips.name)
            if not match or not 1 <= int(match[1]) <= N_SUBJECTS:
                raise DataError(f"{clips} is not the folder of a subject; they are Movie_P01 to Movie_P{N_SUBJECTS}.")
            if any(clips.glob(f"{name}_Clip*.mat")):
                subjects.setdefault(f"P{int(match[1]):02d}", {})[modality] = clips
    return dict(sorted(subjects.items()))


def clip_file(folder: Path, modality: str, number: int) -> Path:
    """The file of one clip."""
    return folder / f"{FOLDERS[modality]}_Clip{number}.mat"


def reports_file(folder: Path) -> Path:
    """The file of the ratings of all subjects."""
    for features in FEATURES:
        if (folder / features / REPORTS).is_file():
            return folder / features / REPORTS
    raise DataError(f"{folder} has no {FEATURES[0]}/{REPORTS}, which contains the ratings of all subjects; add it.")
