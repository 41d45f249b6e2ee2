"""EEG of movement and imagery, as a data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import Card
from bench.errors import unknown
from bench.readers import Download, FileDataset, StandIn
from bench_eegmmidb import layout
from bench_eegmmidb.downloads import published
from bench_eegmmidb.runs import recording

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Recording

USUAL = tuple(map(layout.person, (88, 89, 92, 100, 104, 106)))
OTHER_RATE = f"people recorded at another rate than {layout.RATE} Hz"


@dataclass(frozen=True)
class Eegmmidb(FileDataset):
    """People who move or imagine to move fists and feet, a run of two minutes per session.

    Trials take 4.1 or 4.2 s: set window.length to 4 or less. A run is a session, called R01 to R14.
    `eyes` tells the two runs at rest apart, `movement` tells rest between the trials from the trials,
    `fists` and `limbs` tell what was moved.
    """

    task: Annotated[layout.Task, "which runs are read beside those at rest: movements executed or imagined"] = "both"
    exclude: Annotated[
        Literal["usual", "none"],
        f"whether to leave out people whom publications leave out: {', '.join(USUAL)}",
    ] = "usual"

    name: ClassVar[str] = "eegmmidb"
    folder_names: ClassVar[tuple[str, ...]] = ("eegmmidb_S001", "eeg-motor-movementimagery-dataset-1.0.0")
    root_patterns: ClassVar[tuple[str, ...]] = ("S[0-9][0-9][0-9]/S[0-9][0-9][0-9]R[0-9][0-9].edf",)
    downloads: ClassVar[Sequence[Download]] = published()
    known_defects: ClassVar[Mapping[str, str]] = {
        "other-rate": "there is also a person S088, who was recorded at 128 Hz",
        "text-mode": "run 3 of the first person went through a transfer that made CR LF of every LF",
        "cut-off": "run 3 of the first person ends in the middle",
    }
    card: ClassVar[Card] = Card(
        title="PhysioNet EEG motor movement and imagery, 64 electrodes on 109 people",
        home="https://physionet.org/content/eegmmidb/1.0.0/",
        licence="Open Data Commons Attribution 1.0, as PhysioNet says; its copy OpenNeuro ds004362 is CC0",
        citation=(
            "Schalk, McFarland, Hinterberger, Birbaumer and Wolpaw (2004), BCI2000: a general-purpose brain-computer "
            "interface (BCI) system, IEEE Transactions on Biomedical Engineering 51(6), 1034-1043, "
            "doi:10.1109/TBME.2004.827072; and Goldberger et al. (2000), PhysioBank, PhysioToolkit, and PhysioNet, "
            "Circulation 101(23), e215-e220"
        ),
        size="3.7 GB in 1526 files, none packed",
        counts=(
            "109 people, each with 14 runs: two at rest of 61 s, twelve with movements of 125 s",
            "a run with movements has about 15 trials and as many rests between them",
        ),
        defects=(
            (
                "S088, S092 and S100 were recorded at 128 Hz; people at another rate than 160 Hz are left out "
                "whatever the option exclude says."
            ),
            (
                "S089, S104 and S106 are left out by many publications for their annotations or lengths of trials; "
                "which of them differs from one to the next."
            ),
            "A trial that its annotation lets reach into the next one, or past the end of the run, is cut there.",
            "Runs at rest are one trial from their start to their end, whatever their annotations say.",
            "The licence was not read on PhysioNet's own page.",
        ),
    )

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("eeg",)

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        return {**self.moves, "movement": ("rest", "moving"), "eyes": tuple(layout.EYES.values())}

    @property
    def moves(self) -> dict[str, tuple[str, ...]]:
        return {"fists": layout.MOVES[True], "limbs": layout.MOVES[False]}

    @cached_property
    def found(self) -> dict[str, list[int]]:
        """Person -> the runs that are read and are here."""
        runs = layout.wanted(self.task)
        people = {
            name: [run for run in runs if layout.path(self.folder, name, run).is_file()]
            for name in map(layout.person, layout.PEOPLE)
        }
        return {name: here for name, here in people.items() if here}

    @cached_property
    def lost(self) -> dict[str, str]:
        """Person -> why they are left out."""
        reasons = {}
        for name, runs in self.found.items():
            if self.exclude == "usual" and name in USUAL:
                reasons[name] = "people whom publications leave out"
            elif any(layout.rate_of(layout.path(self.folder, name, run)) not in (layout.RATE, None) for run in runs):
                reasons[name] = OTHER_RATE
        return reasons

    def subjects(self) -> Sequence[str]:
        return [name for name in self.found if name not in self.lost]

    def excluded(self) -> Mapping[str, int]:
        told = {}
        for reason in dict.fromkeys(self.lost.values()):
            names = [name for name in self.lost if self.lost[name] == reason]
            told[f"{reason} ({', '.join(names)})"] = len(names)
        absent = sum(len(layout.wanted(self.task)) - len(self.found[name]) for name in self.subjects())
        return told | ({"runs whose file is not here": absent} if absent else {})

    def files(self, subject: str) -> Sequence[Path]:
        return [layout.path(self.folder, subject, run) for run in self.runs(subject)]

    def runs(self, subject: str) -> list[int]:
        if subject not in self.subjects():
            raise unknown("person", subject, self.subjects())
        return self.found[subject]

    def load(self, subject: str) -> Sequence[Recording]:
        runs = self.runs(subject)
        return [recording(layout.path(self.folder, subject, run), subject, run) for run in runs]

    def write_stand_in(self, folder: Path, wanted: StandIn) -> Iterator[str]:
        from bench_eegmmidb.stand_in import write

        return write(folder, wanted)
