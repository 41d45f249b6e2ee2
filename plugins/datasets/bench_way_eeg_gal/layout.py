"""Which files of WAY-EEG-GAL are there: HS_P3_S2.mat, WS_P3_S2.mat, HS_P3_ST.mat and P3_AllLifts.mat."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.errors import DataError
from bench.readers import data_folders

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MARKS = ("HS_P*_S*.mat", "WS_P*_S*.mat", "P*/HS_P*_S*.mat", "P*/WS_P*_S*.mat")
SERIES = re.compile(r"(?P<kind>HS|WS)_P(?P<person>\d+)_S(?P<series>\d+|T)\.mat")
LIFTS = re.compile(r"P(?P<person>\d+)_AllLifts\.mat")
KAGGLE = ("subj*_series*_data.csv", "subj*_series*_events.csv")


@dataclass
class Person:
    """The files of one person; a series is there as a whole (HS), as windows (WS), or both."""

    whole: dict[str, Path] = field(default_factory=dict)
    windows: dict[str, Path] = field(default_factory=dict)
    lifts: Path | None = None

    @property
    def series(self) -> list[str]:
        """Its series in order, the one for a competition (T) last."""
        return sorted(
            self.whole.keys() | self.windows.keys(), key=lambda name: (name == "T", int(name.strip("T") or 0))
        )


def people(folder: Path) -> dict[str, Person]:
    """Everybody of whom there are recordings, P2 before P10."""
    found: dict[int, Person] = {}
    for path in sorted([*folder.glob("*.mat"), *folder.glob("P*/*.mat")]):
        if match := SERIES.fullmatch(path.name):
            person = found.setdefault(int(match["person"]), Person())
            held = person.whole if match["kind"] == "HS" else person.windows
            if match["series"] in held:
                raise DataError(f"{held[match['series']]} and {path} are the same series; keep one of them.")
            held[match["series"]] = path
        elif match := LIFTS.fullmatch(path.name):
            found.setdefault(int(match["person"]), Person()).lifts = path
    return {f"P{number}": found[number] for number in sorted(found) if found[number].series}


def other_release(name: str, folders: Sequence[str]) -> Path | None:
    """A folder in which the tables of the Kaggle competition are, instead of the files of the data set."""

    def candidates() -> Iterator[Path]:
        for place in data_folders.candidates(name, folders):
            yield from data_folders.search(place)

    return next((folder for folder in candidates() if data_folders.is_top_folder(folder, KAGGLE)), None)
