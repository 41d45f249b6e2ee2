"""The DREAMER data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import Threshold, ThresholdName
from bench.errors import DataError, unknown
from bench.readers import FileDataset, StandIn, data_folders
from bench.readers.text_files import parse_json, read_text
from bench_dreamer import card, layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import LabelRule, Recording


@dataclass(frozen=True)
class Dreamer(FileDataset):
    """EEG and ECG of subjects watching film clips, with their ratings of arousal, valence and dominance.

    Each film clip is a recording with one segment; the baselines before them are excluded.
    """

    threshold: Annotated[ThresholdName, "a rating above it is high; midpoint: 3"] = "midpoint"
    threshold_from: Annotated[
        Literal["train", "everything"], "the ratings that the threshold is computed from; everything leaks"
    ] = "train"

    name: ClassVar[str] = "dreamer"
    folder_names: ClassVar[tuple[str, ...]] = ("DREAMER",)
    root_patterns: ClassVar[tuple[str, ...]] = (layout.FILE,)
    label_options: ClassVar[tuple[str, ...]] = ("threshold", "threshold_from")
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
        return Threshold(target, self.threshold, layout.MIDPOINT, self.threshold_from)

    def subjects(self) -> Sequence[str]:
        return [f"S{number:02d}" for number in range(1, self.n_subjects() + 1)]

    def n_subjects(self) -> int:
        """The documented number; counting subjects in the file would take as long as reading it."""
        if not self.simulated:
            return layout.N_SUBJECTS
        marker = self.folder / data_folders.MARKER
        try:
            return int(parse_json(read_text(marker))["subjects"])
        except (ValueError, TypeError, LookupError, OverflowError) as error:
            raise DataError(f"{marker} has no number of subjects; simulate the data set again.") from error

    def files(self, subject: str) -> Sequence[Path]:
        if subject not in self.subjects():
            raise unknown("subject", subject, self.subjects())
        return [self.folder / layout.FILE]

    def load(self, subject: str) -> Sequence[Recording]:
        from bench_dreamer.recordings import recordings

        [file] = self.files(subject)
        return recordings(subject, file, list(self.subjects()).index(subject), self.n_subjects())

    def write_stand_in(self, folder: Path, spec: StandIn) -> Iterator[str]:
        from bench_dreamer.stand_in import write

        return write(folder, spec)
