"""The Large EEG BCI data set (Kaya 2018): motor imagery, labelled by cues, or whole recordings for pre-training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import Card, Recording, Segment, Signal
from bench.errors import DataError, unknown
from bench.readers import Download, FileDataset, StandIn
from bench_large_eeg_bci.card import CARD, DOWNLOADS
from bench_large_eeg_bci.names import ROOT_PATTERNS, RecordingName, find_recordings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class LargeEegBci(FileDataset):
    """Subjects imagine moving a hand, a leg, the tongue or a finger after a visual cue.

    A session is one paradigm on one day. A segment is the first second of a cue, so windows can have at most one
    second (window.length=1). With cut=continuous, a recording is one segment without labels, for pre-training.
    """

    paradigm: Annotated[
        Literal["CLA", "HaLT", "5F", "FREEFORM", "NoMT", "all"],
        "experiment: hands; hands, legs and tongue; fingers; self-paced; no imagery; or all",
    ] = "CLA"
    cut: Annotated[Literal["cues", "continuous"], "labelled segments, or whole recordings for pre-training"] = "cues"

    name: ClassVar[str] = "large-eeg-bci"
    folder_names: ClassVar[tuple[str, ...]] = ("kaya2018", "MNE-kaya2018-data")
    root_patterns: ClassVar[tuple[str, ...]] = ROOT_PATTERNS
    downloads: ClassVar[Sequence[Download]] = DOWNLOADS
    card: ClassVar[Card] = CARD
    variants: ClassVar[Mapping[str, str]] = {"paradigms": "each subject also has a recording of each other paradigm"}

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("eeg",)

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        from bench_large_eeg_bci.labels import TARGETS

        return TARGETS[self.paradigm] if self.cut == "cues" else {}

    @cached_property
    def all_names(self) -> tuple[list[RecordingName], list[Path]]:
        """All recordings of any paradigm, and files with an unknown name."""
        return find_recordings(self.folder)

    @cached_property
    def names(self) -> list[RecordingName]:
        """The recordings of the paradigm; raises where a session has two."""
        names = [name for name in self.all_names[0] if self.paradigm in ("all", name.paradigm) and not name.fast]
        counts = Counter((name.subject, name.session) for name in names)
        if repeated := [session for session, count in counts.items() if count > 1]:
            files = " and ".join(str(name.path) for name in names if (name.subject, name.session) == repeated[0])
            raise DataError(f"{files} are the same session of {repeated[0][0]}; keep one of them.")
        return names

    def subjects(self) -> Sequence[str]:
        return list(dict.fromkeys(name.subject for name in self.names))

    def names_of(self, subject: str) -> list[RecordingName]:
        """The recordings of one subject."""
        names = [name for name in self.names if name.subject == subject]
        if not names:
            raise unknown("subject", subject, self.subjects(), f"The paradigm is {self.paradigm}.")
        return names

    def files(self, subject: str) -> Sequence[Path]:
        return [name.path for name in self.names_of(subject)]

    def excluded(self) -> Mapping[str, int]:
        known, unknown_names = self.all_names
        fast = sum(self.paradigm in ("all", name.paradigm) and name.fast for name in known)
        reasons = {
            "files recorded at 1000 Hz (HFREQ)": fast,
            "files with an unknown name": len(unknown_names),
        }
        return {reason: count for reason, count in reasons.items() if count}

    def load(self, subject: str) -> Sequence[Recording]:
        from bench_large_eeg_bci.labels import find_cues
        from bench_large_eeg_bci.recording import CHANNELS, RATE, read

        recordings = []
        for name in self.names_of(subject):
            contents = read(name.path)
            signals = {"eeg": Signal(contents.eeg, RATE, "uV", CHANNELS)}
            excluded: Mapping[str, int] = {}
            if self.cut == "continuous":
                segments = [Segment(0.0, contents.eeg.shape[1] / RATE, "all", {})]
            else:
                segments, excluded = find_cues(contents.marker, RATE, name.paradigm)
            recordings.append(Recording(subject, signals, segments, name.session, excluded))
        return recordings

    def write_stand_in(self, folder: Path, spec: StandIn) -> Iterator[str]:
        """Two days of CLA per subject; `seconds` is the length of a recording, two minutes by default."""
        from bench_large_eeg_bci.stand_in import write

        return write(folder, spec)
