"""The WAY-EEG-GAL data set: EEG and EMG of subjects who grasp and lift an object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import Card, Recording
from bench.errors import unknown
from bench.readers import FileDataset, StandIn
from bench_way_eeg_gal.card import CARD
from bench_way_eeg_gal.layout import ROOT_PATTERNS, SubjectFiles, find_kaggle_tables, find_subjects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench_way_eeg_gal.lifts import Lift
    from bench_way_eeg_gal.series import SeriesContents


@dataclass(frozen=True)
class WayEegGal(FileDataset):
    """Subjects lift an object whose weight and surface change without warning.

    A session is one series. It is read from its continuous file (HS) if that and the table of all lifts exist,
    otherwise from its windows (WS), which are concatenated. A segment is one lift, from the cue to lift to the cue to
    put the object back, about 4 to 6 s. With cut=continuous, a series is one segment without labels (or one per
    window), for pre-training.
    """

    cut: Annotated[Literal["lifts", "continuous"], "labelled lifts, or whole series for pre-training"] = "lifts"

    name: ClassVar[str] = "way-eeg-gal"
    folder_names: ClassVar[tuple[str, ...]] = ("WAY-EEG-GAL",)
    root_patterns: ClassVar[tuple[str, ...]] = ROOT_PATTERNS
    card: ClassVar[Card] = CARD

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("eeg", "emg")

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        from bench_way_eeg_gal.lifts import TARGETS

        return TARGETS if self.cut == "lifts" else {}

    def not_found(self) -> str:
        tables = find_kaggle_tables(self.name, self.folder_names)
        if tables is None:
            return super().not_found()
        return (
            f"{tables} contains the tables of the Kaggle competition (subj1_series1_data.csv), which have no EMG, "
            f"weight or surface; '{self.name}' needs the files on figshare, such as HS_P1_S1.mat ({self.card.home})."
        )

    @cached_property
    def subject_files(self) -> dict[str, SubjectFiles]:
        return find_subjects(self.folder)

    def subjects(self) -> Sequence[str]:
        return list(self.subject_files)

    def files_of(self, subject: str) -> SubjectFiles:
        if subject not in self.subject_files:
            raise unknown("subject", subject, self.subject_files)
        return self.subject_files[subject]

    def file_of(self, subject: SubjectFiles, series: str) -> Path:
        """The file of a series: windows only where the continuous file is missing or has no labels."""
        continuous, windows = subject.continuous.get(series), subject.windows.get(series)
        if continuous and (subject.lifts or self.cut == "continuous" or not windows):
            return continuous
        assert windows is not None
        return windows

    def files(self, subject: str) -> Sequence[Path]:
        found = self.files_of(subject)
        table = [found.lifts] if found.lifts and self.cut == "lifts" else []
        return [*table, *(self.file_of(found, series) for series in found.series)]

    def load(self, subject: str) -> Sequence[Recording]:
        from bench_way_eeg_gal.lifts import table

        found = self.files_of(subject)
        lifts = table(found.lifts) if found.lifts and self.cut == "lifts" else {}
        recordings = []
        for series in found.series:
            contents = self.read(found, series, lifts.get(series))
            recordings.append(Recording(subject, contents.signals, contents.segments, f"S{series}", contents.excluded))
        return recordings

    def read(self, subject: SubjectFiles, series: str, lifts: Sequence[Lift] | None) -> SeriesContents:
        from bench_way_eeg_gal.series import read_continuous

        path = self.file_of(subject, series)
        if path != subject.continuous.get(series):
            from bench_way_eeg_gal.windows import read_windows

            return read_windows(path, labelled=self.cut == "lifts")
        contents = read_continuous(path, lifts)
        if lifts is None and self.cut == "lifts":
            contents.excluded["series without known lifts (one segment without labels)"] += 1
        return contents

    def write_stand_in(self, folder: Path, spec: StandIn) -> Iterator[str]:
        """Two series per subject; `seconds` is the length of a series, 40 s by default."""
        from bench_way_eeg_gal.stand_in import write

        return write(folder, spec)
