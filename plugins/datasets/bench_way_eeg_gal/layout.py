"""The files of WAY-EEG-GAL in a folder: HS_P3_S2.mat, WS_P3_S2.mat, HS_P3_ST.mat and P3_AllLifts.mat."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.errors import DataError
from bench.readers import data_folders

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

ROOT_PATTERNS = ("HS_P*_S*.mat", "WS_P*_S*.mat", "P*/HS_P*_S*.mat", "P*/WS_P*_S*.mat")
SERIES = re.compile(r"(?P<kind>HS|WS)_P(?P<subject>\d+)_S(?P<series>\d+|T)\.mat")
LIFTS = re.compile(r"P(?P<subject>\d+)_AllLifts\.mat")
KAGGLE = ("subj*_series*_data.csv", "subj*_series*_events.csv")


@dataclass
class SubjectFiles:
    """The files of one subject; a series is continuous (HS), in windows (WS), or both."""

    continuous: dict[str, Path] = field(default_factory=dict)
    windows: dict[str, Path] = field(default_factory=dict)
    lifts: Path | None = None

    @property
    def series(self) -> list[str]:
        """The series in order; that of the competition (T) is last."""
        return sorted(
            self.continuous.keys() | self.windows.keys(), key=lambda name: (name == "T", int(name.strip("T") or 0))
        )


def find_subjects(folder: Path) -> dict[str, SubjectFiles]:
    """Subjects with recordings, P2 before P10."""
    subjects: dict[int, SubjectFiles] = {}
    for path in sorted([*folder.glob("*.mat"), *folder.glob("P*/*.mat")]):
        if match := SERIES.fullmatch(path.name):
            subject = subjects.setdefault(int(match["subject"]), SubjectFiles())
            files = subject.continuous if match["kind"] == "HS" else subject.windows
            if match["series"] in files:
                raise DataError(f"{files[match['series']]} and {path} are the same series; keep one of them.")
            files[match["series"]] = path
        elif match := LIFTS.fullmatch(path.name):
            subjects.setdefault(int(match["subject"]), SubjectFiles()).lifts = path
    return {f"P{number}": subjects[number] for number in sorted(subjects) if subjects[number].series}


def find_kaggle_tables(name: str, folder_names: Sequence[str]) -> Path | None:
    """A folder with the tables of the Kaggle competition in place of the files of the data set."""

    def searched() -> Iterator[Path]:
        for candidate in data_folders.candidates(name, folder_names):
            yield from data_folders.search(candidate)

    return next((folder for folder in searched() if data_folders.is_top_folder(folder, KAGGLE)), None)
