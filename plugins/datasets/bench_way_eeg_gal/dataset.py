"""EEG and EMG while people grasp and lift an object (WAY-EEG-GAL)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import Card, Recording
from bench.errors import unknown
from bench.readers import FileDataset, StandIn
from bench_way_eeg_gal.card import CARD
from bench_way_eeg_gal.layout import MARKS, Person, other_release, people

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench_way_eeg_gal.lifts import Lift
    from bench_way_eeg_gal.series import Contents


@dataclass(frozen=True)
class WayEegGal(FileDataset):
    """People lift an object whose weight and surface change without warning.

    A session is one series. It is read from its continuous file (HS) where that and the table of all lifts are
    there, otherwise from its windows (WS), which are put one after the other. A segment is one lift, from the
    light that tells to begin to the light that tells to put the object back, some 4 to 6 s. With cut=continuous a
    series is one segment without labels (or one per window), for pre-training.
    """

    cut: Annotated[Literal["lifts", "continuous"], "labelled lifts, or whole series for pre-training"] = "lifts"

    name: ClassVar[str] = "way-eeg-gal"
    folder_names: ClassVar[tuple[str, ...]] = ("WAY-EEG-GAL",)
    root_patterns: ClassVar[tuple[str, ...]] = MARKS
    card: ClassVar[Card] = CARD
    known_defects: ClassVar[Mapping[str, str]] = {
        "windows-only": "the last person has windows (WS) instead of continuous series (HS)",
        "no-emg": "the last person has no EMG",
        "no-table": "the last person has no table of all lifts, and no windows to tell their times",
        "cut-off": "the last lift of each series of the last person ends after its series",
    }

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("eeg", "emg")

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        from bench_way_eeg_gal.lifts import TARGETS

        return TARGETS if self.cut == "lifts" else {}

    def missing(self) -> str:
        other = other_release(self.name, self.folder_names)
        if other is None:
            return super().missing()
        return (
            f"{other} holds the tables of the Kaggle competition (subj1_series1_data.csv), which have no EMG, weight "
            f"or surface; '{self.name}' needs the files of figshare, such as HS_P1_S1.mat ({self.card.home})."
        )

    @cached_property
    def people(self) -> dict[str, Person]:
        """The files of everybody."""
        return people(self.folder)

    def subjects(self) -> Sequence[str]:
        return list(self.people)

    def of(self, subject: str) -> Person:
        """The files of one person."""
        if subject not in self.people:
            raise unknown("person", subject, self.people)
        return self.people[subject]

    def chosen(self, person: Person, series: str) -> Path:
        """The file from which a series is read: windows only where the continuous one is not there or not labelled."""
        whole, windows = person.whole.get(series), person.windows.get(series)
        if whole and (person.lifts or self.cut == "continuous" or not windows):
            return whole
        assert windows is not None
        return windows

    def files(self, subject: str) -> Sequence[Path]:
        person = self.of(subject)
        table = [person.lifts] if person.lifts and self.cut == "lifts" else []
        return [*table, *(self.chosen(person, series) for series in person.series)]

    def load(self, subject: str) -> Sequence[Recording]:
        from bench_way_eeg_gal.lifts import table

        person = self.of(subject)
        lifts = table(person.lifts) if person.lifts and self.cut == "lifts" else {}
        recordings = []
        for series in person.series:
            contents = self.read(person, series, lifts.get(series))
            recordings.append(Recording(subject, contents.signals, contents.segments, f"S{series}", contents.excluded))
        return recordings

    def read(self, person: Person, series: str, lifts: Sequence[Lift] | None) -> Contents:
        """One series, from the file that was chosen for it."""
        from bench_way_eeg_gal.series import whole

        path = self.chosen(person, series)
        if path != person.whole.get(series):
            from bench_way_eeg_gal.windows import windows

            return windows(path, labelled=self.cut == "lifts")
        contents = whole(path, lifts)
        if lifts is None and self.cut == "lifts":
            contents.excluded["series whose lifts nothing tells (it is one segment without labels)"] += 1
        return contents

    def write_stand_in(self, folder: Path, wanted: StandIn) -> Iterator[str]:
        """Two series per person; `seconds` is the length of a series, 40 s where not given."""
        from bench_way_eeg_gal.stand_in import write

        return write(folder, wanted)
