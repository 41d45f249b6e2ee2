"""The ASCERTAIN data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import Range, Threshold, ThresholdName
from bench.errors import unknown
from bench.readers import FileDataset, StandIn
from bench_ascertain import card, layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import LabelRule, Recording


@dataclass(frozen=True)
class Ascertain(FileDataset):
    """ECG, skin response and EEG of subjects watching film clips, with their ratings of arousal and valence.

    Each film clip is a recording with one segment, resampled to a regular grid.
    """

    incomplete: Annotated[Literal["keep", "exclude"], "whether to keep the 2 subjects with missing clips"] = "keep"
    gap_seconds: Annotated[float, Range(0.01, 10), "samples further apart than this leave NaN between them"] = 0.25
    threshold: Annotated[ThresholdName, "a rating above it is high; midpoint: 3 for arousal, 0 for valence"] = (
        "midpoint"
    )
    threshold_from: Annotated[
        Literal["train", "everything"], "the ratings that the threshold is computed from; everything leaks"
    ] = "train"

    name: ClassVar[str] = "ascertain"
    folder_names: ClassVar[tuple[str, ...]] = ("ASCERTAIN",)
    root_patterns: ClassVar[tuple[str, ...]] = layout.ROOT_PATTERNS
    label_options: ClassVar[tuple[str, ...]] = ("threshold", "threshold_from")
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
        return Threshold(target, self.threshold, layout.MIDPOINTS[target], self.threshold_from)

    @cached_property
    def clip_folders(self) -> dict[str, dict[str, Path]]:
        """Subject -> modality -> folder of clips."""
        return layout.find(self.folder)

    def subjects(self) -> Sequence[str]:
        excluded = layout.INCOMPLETE if self.incomplete == "exclude" else ()
        return [subject for subject in self.clip_folders if subject not in excluded]

    def excluded(self) -> Mapping[str, int]:
        count = len(self.clip_folders) - len(self.subjects())
        return {"subjects with missing clips (incomplete=exclude)": count} if count else {}

    def files(self, subject: str) -> Sequence[Path]:
        clips = [
            layout.clip_file(folder, modality, number)
            for modality, folder in self.folders_of(subject).items()
            for number in range(1, layout.N_CLIPS + 1)
        ]
        return [layout.reports_file(self.folder), *(file for file in clips if file.is_file())]

    def folders_of(self, subject: str) -> dict[str, Path]:
        """Modality -> folder of clips."""
        if subject not in self.clip_folders:
            raise unknown("subject", subject, self.clip_folders)
        return self.clip_folders[subject]

    def load(self, subject: str) -> Sequence[Recording]:
        from bench_ascertain.recordings import recordings

        return recordings(subject, self.folders_of(subject), layout.reports_file(self.folder), self.gap_seconds)

    def write_stand_in(self, folder: Path, spec: StandIn) -> Iterator[str]:
        from bench_ascertain.stand_in import write

        return write(folder, spec)
