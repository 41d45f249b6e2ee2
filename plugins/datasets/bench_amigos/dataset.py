"""AMIGOS, as a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from bench.api.thresholds import Threshold, ThresholdName
from bench.errors import DataError, unknown
from bench.readers import FileDataset, StandIn
from bench_amigos import card, layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import LabelRule, Recording


@dataclass(frozen=True)
class Amigos(FileDataset):
    """EEG, ECG and skin response of people who watch videos, with their own ratings of arousal and valence.

    Each video is a recording: 5 s of baseline, then the video, which is its segment. Classes are made of the ratings by
    `threshold`; the published Transformer study splits at the mean of all trials, which is threshold_from=everything.
    """

    videos: Annotated[
        Literal["both", "short", "long"], "16 of about 1.5 minutes, 4 of about 20 minutes, or both, as published"
    ] = "both"
    people: Annotated[
        Literal["all", "complete"], "complete: without the 7 whom many studies leave out for damaged signals"
    ] = "all"
    gsr_as: Annotated[
        Literal["raw", "conductance"], "the unit is not documented; conductance: 1e6 / value, as if it were in ohm"
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
    known_defects: ClassVar[Mapping[str, str]] = card.DEFECTS
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
        skipped = {person for people in self._skipped().values() for person in people}
        found = [person for person in layout.find(self.folder) if person not in skipped]
        if not found:
            raise DataError(f"{self.folder} holds nobody who is left with people={self.people}, videos={self.videos}.")
        return found

    def excluded(self) -> Mapping[str, int]:
        there = layout.find(self.folder)
        counts = {reason: sum(person in there for person in people) for reason, people in self._skipped().items()}
        return {reason: count for reason, count in counts.items() if count}

    def _skipped(self) -> dict[str, tuple[str, ...]]:
        """Reason -> people who are left out as the options say, each for one reason."""
        skipped: dict[str, tuple[str, ...]] = {}
        if self.people == "complete":
            skipped["people whom people=complete leaves out"] = layout.INCOMPLETE
        if self.videos == "long":
            others = next(iter(skipped.values()), ())
            skipped["people who saw no long video"] = tuple(who for who in layout.NO_LONG if who not in others)
        return skipped

    def files(self, subject: str) -> Sequence[Path]:
        found = layout.find(self.folder)
        if subject not in found:
            raise unknown("person", subject, found)
        return [found[subject]]

    def load(self, subject: str) -> Sequence[Recording]:
        from bench_amigos.recordings import recordings

        wanted = {"both": {**layout.SHORT, **layout.LONG}, "short": layout.SHORT, "long": layout.LONG}[self.videos]
        [file] = self.files(subject)
        return recordings(subject, file, wanted, self.gsr_as)

    def write_stand_in(self, folder: Path, wanted: StandIn) -> Iterator[str]:
        from bench_amigos.stand_in import write

        return write(folder, wanted)
