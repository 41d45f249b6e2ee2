"""The AMIGOS data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from bench.api import Threshold, ThresholdName
from bench.errors import DataError, unknown
from bench.readers import FileDataset, StandIn
from bench_amigos import card, layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import LabelRule, Recording


@dataclass(frozen=True)
class Amigos(FileDataset):
    """EEG, ECG and skin response of subjects watching videos, with their ratings of arousal and valence.

    Each video is a recording: 5 s of baseline, then the video, which is its segment. `threshold` turns ratings into
    classes; the published Transformer study splits at the mean of all trials, which is threshold_from=everything.
    """

    videos: Annotated[
        Literal["both", "short", "long"], "16 of about 1.5 minutes, 4 of about 20 minutes, or both, as published"
    ] = "both"
    incomplete: Annotated[
        Literal["keep", "exclude"],
        "whether to keep the 7 subjects with damaged signals; many publications do not",
    ] = "keep"
    gsr_as: Annotated[
        Literal["raw", "conductance"], "the unit is not documented; conductance: 1e6 / value, assuming ohm"
    ] = "raw"
    threshold: Annotated[ThresholdName, "a rating above it is high; midpoint: 5"] = "mean"
    threshold_from: Annotated[
        Literal["train", "everything"], "the ratings that the threshold is computed from; everything leaks"
    ] = "train"

    name: ClassVar[str] = "amigos"
    folder_names: ClassVar[tuple[str, ...]] = ("AMIGOS", "Data_Preprocessed", "AMIGOS_preprocessed")
    root_patterns: ClassVar[tuple[str, ...]] = layout.PATTERNS
    label_options: ClassVar[tuple[str, ...]] = ("threshold", "threshold_from")
    profiles: ClassVar[Mapping[str, Mapping[str, Any]]] = {"smoke": {"videos": "short"}}
    card = card.CARD

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("eeg", "ecg", "eda")

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        return {"arousal": ("low", "high"), "valence": ("low", "high")}

    @property
    def regression_targets(self) -> Mapping[str, str]:
        return {"arousal-rating": "arousal", "valence-rating": "valence"}

    def label_rule(self, target: str) -> LabelRule:
        return Threshold(target, self.threshold, 5.0, self.threshold_from)

    def subjects(self) -> Sequence[str]:
        excluded = {subject for subjects in self._excluded_subjects().values() for subject in subjects}
        names = [subject for subject in layout.find(self.folder) if subject not in excluded]
        if not names:
            raise DataError(
                f"{self.folder} has no subjects left with incomplete={self.incomplete}, videos={self.videos}."
            )
        return names

    def excluded(self) -> Mapping[str, int]:
        present = layout.find(self.folder)
        counts = {
            reason: sum(subject in present for subject in subjects)
            for reason, subjects in self._excluded_subjects().items()
        }
        return {reason: count for reason, count in counts.items() if count}

    def _excluded_subjects(self) -> dict[str, tuple[str, ...]]:
        """Reason -> subjects that the options exclude, each for one reason."""
        reasons: dict[str, tuple[str, ...]] = {}
        if self.incomplete == "exclude":
            reasons["subjects with damaged signals (incomplete=exclude)"] = layout.INCOMPLETE
        if self.videos == "long":
            others = next(iter(reasons.values()), ())
            reasons["subjects without long videos"] = tuple(name for name in layout.NO_LONG if name not in others)
        return reasons

    def files(self, subject: str) -> Sequence[Path]:
        files = layout.find(self.folder)
        if subject not in files:
            raise unknown("subject", subject, files)
        return [files[subject]]

    def load(self, subject: str) -> Sequence[Recording]:
        from bench_amigos.recordings import recordings

        videos = {"both": {**layout.SHORT, **layout.LONG}, "short": layout.SHORT, "long": layout.LONG}[self.videos]
        [file] = self.files(subject)
        return recordings(subject, file, videos, self.gsr_as)

    def write_stand_in(self, folder: Path, spec: StandIn) -> Iterator[str]:
        from bench_amigos.stand_in import write

        return write(folder, spec)
