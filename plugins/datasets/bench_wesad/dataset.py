"""WESAD as a data set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import Card, LabelRule, Recording
from bench.api.thresholds import Threshold, ThresholdName
from bench.errors import DataError, unknown
from bench.readers import Download, FileDataset, StandIn
from bench_wesad.card import CARD
from bench_wesad.damage import KNOWN
from bench_wesad.protocol import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIDDLES = {"valence": 5.0, "arousal": 5.0, "anxiety": 15.0}  # of the scales 1 to 9, 1 to 9 and 6 to 24
CHEST = ("ecg", "eda", "emg", "resp", "temp", "acc")
WRIST = ("bvp", "wrist-eda", "wrist-temp", "wrist-acc")


@dataclass(frozen=True)
class Wesad(FileDataset):
    """Chest and wrist recordings of 15 people at rest, under stress, amused and meditating.

    `stress` is stress against baseline and amusement, as in the AttX paper. `three-class` keeps these two
    apart. Meditation, reading and transients belong to neither. `valence`, `arousal` (SAM) and `anxiety`
    (STAI-6) are what people answered after each condition, meditation included, above or below a threshold.

    A value that is not a number stays in its signal: it costs the windows of that modality that hold it,
    nothing else.

    A stand-in's sessions last 1,200 seconds if no length is asked for, which is 240 MB each, with short
    transients. From 5,000 seconds on they have the durations of the real ones, 1.2 GB each.
    """

    devices: Annotated[Literal["both", "chest", "wrist"], "whose signals are read"] = "both"
    threshold: Annotated[ThresholdName, "what a self-report has to lie above to be high"] = "mean"
    threshold_from: Annotated[
        Literal["train", "everything"], "whose self-reports tell the threshold; everything leaks"
    ] = "train"

    name: ClassVar[str] = "wesad"
    folder_names: ClassVar[tuple[str, ...]] = ("WESAD",)
    root_patterns: ClassVar[tuple[str, ...]] = ("S*/S*.pkl",)
    downloads: ClassVar[Sequence[Download]] = (
        Download(
            "WESAD.zip",
            ("https://uni-siegen.sciebo.de/s/HGdUkoNlW1Ub0Gx/download",),
            sha256="5e15d2606adf16d819ba535c1786d92e94bae5ff5392f7ae01fb63f9938fd71c",
            size=2_249_444_501,
            unpack=True,
        ),
    )
    label_options: ClassVar[tuple[str, ...]] = ("threshold", "threshold_from")
    card: ClassVar[Card] = CARD
    known_defects: ClassVar[Mapping[str, str]] = KNOWN

    @property
    def modalities(self) -> tuple[str, ...]:
        return {"both": CHEST + WRIST, "chest": CHEST, "wrist": WRIST}[self.devices]

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        fixed = {"stress": ("not stressed", "stressed"), "three-class": ("baseline", "amusement", "stress")}
        return fixed | dict.fromkeys(MIDDLES, ("low", "high"))

    def label_rule(self, target: str) -> LabelRule | None:
        if target not in MIDDLES:
            return None
        return Threshold(target, self.threshold, MIDDLES[target], self.threshold_from)

    def subjects(self) -> Sequence[str]:
        return [name for name in self.folders_of_people() if self.pickle(name).exists()]

    def excluded(self) -> Mapping[str, int]:
        people = self.folders_of_people()
        told = {f"{name}: there is no {name}.pkl": 1 for name in people if not self.pickle(name).exists()}
        missing = [name for name in self.subjects() if not self.answers(name).exists()]
        return told | {f"{name}: there is no {name}_quest.csv, so no self-reports": 1 for name in missing}

    def folders_of_people(self) -> list[str]:
        """S2 before S10, and nobody who was not recorded."""
        found = {each.name for each in self.folder.iterdir() if each.is_dir() and re.fullmatch(r"S\d+", each.name)}
        strangers = sorted(found - set(PEOPLE))
        if strangers:
            raise DataError(
                f"{self.folder / strangers[0]}: WESAD has no person {strangers[0]}, only S2 to S17 without S12, "
                "whose recording the owners discarded; take the folder away."
            )
        return [name for name in PEOPLE if name in found]

    def pickle(self, subject: str) -> Path:
        return self.folder / subject / f"{subject}.pkl"

    def answers(self, subject: str) -> Path:
        return self.folder / subject / f"{subject}_quest.csv"

    def files(self, subject: str) -> Sequence[Path]:
        if subject not in self.subjects():
            raise unknown("person", subject, self.subjects())
        return [path for path in (self.pickle(subject), self.answers(subject)) if path.exists()]

    def load(self, subject: str) -> Sequence[Recording]:
        from bench_wesad import labels, layout, questionnaire

        path, *answers = self.files(subject)
        sensors = [sensor for sensor in layout.SENSORS if sensor.modality in self.modalities]
        signals, codes = layout.read(path, subject, sensors)
        runs = labels.runs(codes)
        found = labels.conditions(path, runs)
        ratings = questionnaire.ratings(answers[0], subject, found) if answers else [{} for _ in found]
        return [Recording(subject, signals, labels.segments(found, ratings), excluded=labels.excluded(runs))]

    def write_stand_in(self, folder: Path, wanted: StandIn) -> Iterator[str]:
        from bench_wesad import stand_in

        return stand_in.write(folder, wanted)
