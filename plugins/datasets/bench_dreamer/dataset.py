"""DREAMER, as a data set."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api.thresholds import Threshold, ThresholdName
from bench.errors import DataError, unknown
from bench.readers import FileDataset, StandIn, data_folders
from bench_dreamer import card, layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import LabelRule, Recording


@dataclass(frozen=True)
class Dreamer(FileDataset):
    """EEG and ECG of people who watch film clips, with their own ratings of arousal, valence and dominance.

    Each film clip is a recording with one segment; the baselines before them are left out.
    """

    threshold: Annotated[ThresholdName, "a rating above it is high; midpoint: 3"] = "midpoint"
    threshold_from: Annotated[
        Literal["train", "everything"], "the ratings that the threshold is computed from; everything leaks"
    ] = "train"

    name: ClassVar[str] = "dreamer"
    folders: ClassVar[tuple[str, ...]] = ("DREAMER",)
    marks: ClassVar[tuple[str, ...]] = (layout.FILE,)
    label_options: ClassVar[tuple[str, ...]] = ("threshold", "threshold_from")
    known_defects: ClassVar[Mapping[str, str]] = card.DEFECTS
    card = card.CARD

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("eeg", "ecg")

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        return {"arousal": ("low", "high"), "valence": ("low", "high")}

    @property
    def regression_targets(self) -> Mapping[str, str]:
        return {"arousal-rating": "arousal", "valence-rating": "valence"}

    def label_rule(self, target: str) -> LabelRule:
        return Threshold(target, self.threshold, layout.MIDDLE, self.threshold_from)

    def subjects(self) -> Sequence[str]:
        return [f"S{number:02d}" for number in range(1, self.people() + 1)]

    def people(self) -> int:
        """How many there are; counting them in the file would take as long as reading it."""
        if not self.simulated:
            return layout.PEOPLE
        marker = self.folder / places.MARKER
        try:
            return int(json.loads(marker.read_text(encoding="utf-8"))["subjects"])
        except (ValueError, TypeError, LookupError) as error:
            raise DataError(f"{marker} does not tell the number of subjects; simulate the data set again.") from error

    def files(self, subject: str) -> Sequence[Path]:
        if subject not in self.subjects():
            raise unknown("person", subject, self.subjects())
        return [self.folder / layout.FILE]

    def load(self, subject: str) -> Sequence[Recording]:
        from bench_dreamer.recordings import recordings

        [file] = self.files(subject)
        return recordings(subject, file, list(self.subjects()).index(subject), self.people())

    def write_stand_in(self, folder: Path, wanted: StandIn) -> Iterator[str]:
        from bench_dreamer.stand_in import write

        return write(folder, wanted)
