"""ASCERTAIN, as a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import Range
from bench.api.thresholds import Threshold, ThresholdName
from bench.errors import unknown
from bench.readers import FileDataset, StandIn
from bench_ascertain import card, layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import LabelRule, Recording


@dataclass(frozen=True)
class Ascertain(FileDataset):
    """ECG, skin response and EEG of people who watch film clips, with their own ratings of arousal and valence.

    Each film clip is a recording with one segment, on a regular grid of time.
    """

    people: Annotated[Literal["all", "complete"], "complete: without the 2 who miss clips"] = "all"
    gap_seconds: Annotated[float, Range(0.01, 10), "samples further apart than this leave NaN between them"] = 0.25
    threshold: Annotated[ThresholdName, "a rating above it is high; midpoint: 3 for arousal, 0 for valence"] = (
        "midpoint"
    )
    threshold_from: Annotated[
        Literal["train", "everything"], "the ratings that the threshold is computed from; everything leaks"
    ] = "train"

    name: ClassVar[str] = "ascertain"
    folder_names: ClassVar[tuple[str, ...]] = ("ASCERTAIN",)
    root_patterns: ClassVar[tuple[str, ...]] = layout.MARKS
    label_options: ClassVar[tuple[str, ...]] = ("threshold", "threshold_from")
    known_defects: ClassVar[Mapping[str, str]] = card.DEFECTS
    card = card.CARD

    @property
    def modalities(self) -> tuple[str, ...]:
        return tuple(layout.FOLDERS)

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        return {"arousal": ("low", "high"), "valence": ("low", "high")}

    @property
    def regression_targets(self) -> Mapping[str, str]:
        return {"arousal-rating": "arousal", "valence-rating": "valence"}

    def label_rule(self, target: str) -> LabelRule:
        return Threshold(target, self.threshold, layout.MIDDLES[target], self.threshold_from)

    @cached_property
    def found(self) -> dict[str, dict[str, Path]]:
        """Person -> modality -> the folder of the person's clips."""
        return layout.find(self.folder)

    def subjects(self) -> Sequence[str]:
        skipped = layout.INCOMPLETE if self.people == "complete" else ()
        return [person for person in self.found if person not in skipped]

    def excluded(self) -> Mapping[str, int]:
        count = len(self.found) - len(self.subjects())
        return {"people whom people=complete leaves out": count} if count else {}

    def files(self, subject: str) -> Sequence[Path]:
        clips = [
            layout.clip(folder, modality, number)
            for modality, folder in self.places(subject).items()
            for number in range(1, layout.CLIPS + 1)
        ]
        return [layout.reports(self.folder), *(file for file in clips if file.is_file())]

    def places(self, subject: str) -> dict[str, Path]:
        """Modality -> the folder of the person's clips."""
        if subject not in self.found:
            raise unknown("person", subject, self.found)
        return self.found[subject]

    def load(self, subject: str) -> Sequence[Recording]:
        from bench_ascertain.recordings import recordings

        return recordings(subject, self.places(subject), layout.reports(self.folder), self.gap_seconds)

    def write_stand_in(self, folder: Path, wanted: StandIn) -> Iterator[str]:
        from bench_ascertain.stand_in import write

        return write(folder, wanted)
