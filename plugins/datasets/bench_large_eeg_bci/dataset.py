"""Motor imagery of 13 people (Kaya 2018), labelled by cue, or as one long stretch for pre-training."""

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
from bench_large_eeg_bci.names import MARKS, Name, recordings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class LargeEegBci(FileDataset):
    """People imagine moving a hand, a leg, the tongue or a finger when a picture asks them to.

    A session is one paradigm on one day. A segment is the second in which a cue is on, so windows of at most one
    second fit (window.length=1). With cut=continuous a recording is one segment without labels, for pre-training.
    """

    paradigm: Annotated[
        Literal["CLA", "HaLT", "5F", "FREEFORM", "NoMT", "all"],
        "which experiments: hands, hands legs and tongue, fingers, own pace, no imagery",
    ] = "CLA"
    cut: Annotated[Literal["cues", "continuous"], "labelled segments, or whole recordings for pre-training"] = "cues"

    name: ClassVar[str] = "large-eeg-bci"
    folder_names: ClassVar[tuple[str, ...]] = ("kaya2018", "MNE-kaya2018-data")
    root_patterns: ClassVar[tuple[str, ...]] = MARKS
    downloads: ClassVar[Sequence[Download]] = DOWNLOADS
    card: ClassVar[Card] = CARD
    known_defects: ClassVar[Mapping[str, str]] = {
        "fast": "the first person has a recording of fingers at 1000 Hz (HFREQ) as well",
        "no-passive": "the last person was never asked to stay passive, as subject F on 150916",
        "interactive": "the last person was recorded in steps of 0.133 uV within 121.6 uV, as subject J",
        "cut-off": "the last cue of each recording is cut off by its end",
        "paradigms": "every person has one recording of each other paradigm as well",
    }

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("eeg",)

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        from bench_large_eeg_bci.labels import TARGETS

        return TARGETS[self.paradigm] if self.cut == "cues" else {}

    @cached_property
    def found(self) -> tuple[list[Name], list[Path]]:
        """All recordings, whatever their paradigm, and files whose name is not understood."""
        return recordings(self.folder)

    @cached_property
    def names(self) -> list[Name]:
        """The recordings that are used; one that exists twice is told."""
        used = [name for name in self.found[0] if self.paradigm in ("all", name.paradigm) and not name.fast]
        twice = [each for each, times in Counter((name.subject, name.session) for name in used).items() if times > 1]
        if twice:
            files = " and ".join(str(name.path) for name in used if (name.subject, name.session) == twice[0])
            raise DataError(f"{files} are the same session of {twice[0][0]}; keep one of them.")
        return used

    def subjects(self) -> Sequence[str]:
        return list(dict.fromkeys(name.subject for name in self.names))

    def of(self, subject: str) -> list[Name]:
        """The recordings of one person."""
        found = [name for name in self.names if name.subject == subject]
        if not found:
            raise unknown("person", subject, self.subjects(), f"The paradigm is {self.paradigm}.")
        return found

    def files(self, subject: str) -> Sequence[Path]:
        return [name.path for name in self.of(subject)]

    def excluded(self) -> Mapping[str, int]:
        known, strange = self.found
        fast = sum(self.paradigm in ("all", name.paradigm) and name.fast for name in known)
        reasons = {
            "file recorded at 1000 Hz (HFREQ), which the others are not": fast,
            "file whose name is in neither of the two styles": len(strange),
        }
        return {reason: count for reason, count in reasons.items() if count}

    def load(self, subject: str) -> Sequence[Recording]:
        from bench_large_eeg_bci.labels import cues
        from bench_large_eeg_bci.recording import CHANNELS, RATE, read

        loaded = []
        for name in self.of(subject):
            contents = read(name.path)
            signals = {"eeg": Signal(contents.eeg, RATE, "uV", CHANNELS)}
            excluded: Mapping[str, int] = {}
            if self.cut == "continuous":
                segments = [Segment(0.0, contents.eeg.shape[1] / RATE, "all", {})]
            else:
                segments, excluded = cues(contents.marker, RATE, name.paradigm)
            loaded.append(Recording(subject, signals, segments, name.session, excluded))
        return loaded

    def write_stand_in(self, folder: Path, wanted: StandIn) -> Iterator[str]:
        """Two days of CLA per person; `seconds` is the length of a recording, two minutes where not given."""
        from bench_large_eeg_bci.stand_in import write

        return write(folder, wanted)
