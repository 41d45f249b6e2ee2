"""The documented layout of AMIGOS: subjects, videos, columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

RATE = 128.0
BASELINE = 640  # samples before each video
N_SUBJECTS = 40
N_VIDEOS = 20  # cells of each variable
COLUMNS = 17
EEG = ("AF3", "F7", "F3", "FC5", "T7", "P7", "O1", "O2", "P8", "T8", "FC6", "F4", "F8", "AF4")
PARTS = {"eeg": slice(0, 14), "ecg": slice(14, 16), "eda": slice(16, 17)}
CHANNELS = {"eeg": EEG, "ecg": ("Right", "Left"), "eda": ("GSR",)}

#: Video -> intervals of 20 s that external annotators rated: those that the video begins, and one more.
SHORT = {
    "4": 6, "5": 7, "9": 5, "10": 6, "13": 4, "18": 5, "19": 8, "20": 5,
    "23": 7, "30": 5, "31": 9, "34": 5, "36": 5, "58": 4, "80": 6, "138": 7,
}  # fmt: skip
LONG = {"N1": 72, "P1": 58, "B1": 72, "U1": 44}
INTERVAL = 20 * int(RATE)  # samples

NO_LONG = ("P08", "P24", "P28")  # saw the short videos only, and were not annotated
NO_LONG_RATINGS = ("P32",)
INCOMPLETE = ("P09", "P12", "P21", "P22", "P23", "P24", "P33")  # excluded by many publications

SCALES = ("arousal", "valence", "dominance", "liking", "familiarity")  # 1 to 9
EMOTIONS = ("neutral", "disgust", "happiness", "surprise", "anger", "fear", "sadness")  # 0 or 1
RATINGS = len(SCALES) + len(EMOTIONS)

NAME = re.compile(r"Data_Preprocessed_(P(\d\d))\.mat")
PATTERNS = ("Data_Preprocessed_P*/Data_Preprocessed_P*.mat", "Data_Preprocessed_P*.mat")


def rated_intervals(samples: int) -> int:
    """The number of intervals that annotators rate in a video of so many samples."""
    return -(-samples // INTERVAL) + 1


def find(folder: Path) -> dict[str, Path]:
    """Subject -> file, in a folder per subject or in one folder."""
    files: dict[str, Path] = {}
    for file in sorted(file for pattern in PATTERNS for file in folder.glob(pattern)):
        match = NAME.fullmatch(file.name)
        if not match or not 1 <= int(match[2]) <= N_SUBJECTS:
            raise DataError(
                f"{file} is not the file of a subject; they are Data_Preprocessed_P01.mat to Data_Preprocessed_P40.mat."
            )
        if match[1] in files:
            raise DataError(f"{match[1]} has two files, {files[match[1]]} and {file}; keep one of them.")
        files[match[1]] = file
    return dict(sorted(files.items()))
