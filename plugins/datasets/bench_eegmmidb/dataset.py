"""The PhysioNet EEG motor movement and imagery data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import Card
from bench.errors import unknown
from bench.readers import Download, FileDataset, StandIn, listed_downloads
from bench_eegmmidb import layout
from bench_eegmmidb.runs import recording

if TYPE_CHECKING:
    from bench.api import Recording

USUAL = tuple(map(layout.subject_name, (88, 89, 92, 100, 104, 106)))
OTHER_RATE = f"subjects recorded at another rate than {layout.RATE} Hz"


@dataclass(frozen=True)
class Eegmmidb(FileDataset):
    """Subjects move fists and feet or imagine doing so, in runs of two minutes, which are sessions R01 to R14.

    Trials take 4.1 or 4.2 s: set window.length to 4 or less. The target `eyes` classifies the two runs at rest,
    `movement` rest between trials against trials, `fists` and `limbs` what was moved.
    """

    task: Annotated[layout.Task, "runs to read in addition to those at rest: executed or imagined movements"] = "both"
    exclude: Annotated[
        Literal["usual", "none"],
        f"subjects to exclude, as publications usually do: {', '.join(USUAL)}",
    ] = "usual"

    name: ClassVar[str] = "eegmmidb"
    folder_names: ClassVar[tuple[str, ...]] = ("eegmmidb_S001", "eeg-motor-movementimagery-dataset-1.0.0")
    root_patterns: ClassVar[tuple[str, ...]] = ("S[0-9][0-9][0-9]/S[0-9][0-9][0-9]R[0-9][0-9].edf",)
    downloads: ClassVar[Sequence[Download]] = listed_downloads(
        Path(__file__).with_name("SHA256SUMS"), "https://physionet.org/files/eegmmidb/1.0.0/"
    )
    card: ClassVar[Card] = Card(
        title="PhysioNet EEG motor movement and imagery, 64 electrodes, 109 subjects",
        home="https://physionet.org/content/eegmmidb/1.0.0/",
        licence="Open Data Commons Attribution 1.0 according to PhysioNet; the copy OpenNeuro ds004362 is CC0",
        citation=(
            "Schalk, McFarland, Hinterberger, Birbaumer and Wolpaw (2004), BCI2000: a general-purpose brain-computer "
            "interface (BCI) system, IEEE Transactions on Biomedical Engineering 51(6), 1034-1043, "
            "doi:10.1109/TBME.2004.827072; and Goldberger et al. (2000), PhysioBank, PhysioToolkit, and PhysioNet, "
            "Circulation 101(23), e215-e220"
        ),
        size="3.7 GB in 1526 files, not archived",
        counts=(
            "109 subjects with 14 runs each: two at rest of 61 s, twelve with movements of 125 s",
            "a run with movements has about 15 trials and as many rests between them",
        ),
        defects=(
            (
                "S088, S092 and S100 were recorded at 128 Hz; subjects with another rate than 160 Hz are excluded "
                "whatever the option exclude is."
            ),
            (
                "Many publications exclude S089, S104 or S106 for their annotations or lengths of trials; which of "
                "them differs between publications."
            ),
            "A trial whose annotation reaches into the next trial, or past the end of the run, is cut there.",
            "Runs at rest are one trial from start to end, whatever their annotations are.",
            "The licence was not checked on PhysioNet's own page.",
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
    def runs(self) -> dict[str, list[int]]:
        """Subject -> the selected runs that are here."""
        selected = layout.selected_runs(self.task)
        subjects = {
            name: [run for run in selected if layout.path(self.folder, name, run).is_file()]
            for name in map(layout.subject_name, layout.SUBJECTS)
        }
        return {name: present for name, present in subjects.items() if present}

    @cached_property
    def excluded_subjects(self) -> dict[str, str]:
        """Subject -> reason."""
        reasons = {}
        for name, runs in self.runs.items():
            if self.exclude == "usual" and name in USUAL:
                reasons[name] = "subjects that publications usually exclude"
            elif any(layout.rate_of(layout.path(self.folder, name, run)) not in (layout.RATE, None) for run in runs):
                reasons[name] = OTHER_RATE
        return reasons

    def subjects(self) -> Sequence[str]:
        return [name for name in self.runs if name not in self.excluded_subjects]

    def excluded(self) -> Mapping[str, int]:
        counts = {}
        for reason in dict.fromkeys(self.excluded_subjects.values()):
            names = [name for name, why in self.excluded_subjects.items() if why == reason]
            counts[f"{reason} ({', '.join(names)})"] = len(names)
        absent = sum(len(layout.selected_runs(self.task)) - len(self.runs[name]) for name in self.subjects())
        return counts | ({"runs without a file": absent} if absent else {})

    def files(self, subject: str) -> Sequence[Path]:
        return [layout.path(self.folder, subject, run) for run in self.runs_of(subject)]

    def runs_of(self, subject: str) -> list[int]:
        if subject not in self.subjects():
            raise unknown("subject", subject, self.subjects())
        return self.runs[subject]

    def load(self, subject: str) -> Sequence[Recording]:
        return [recording(layout.path(self.folder, subject, run), subject, run) for run in self.runs_of(subject)]

    def write_stand_in(self, folder: Path, spec: StandIn) -> Iterator[str]:
        from bench_eegmmidb.stand_in import write

        return write(folder, spec)
