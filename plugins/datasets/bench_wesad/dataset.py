"""The WESAD data set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import Card, LabelRule, Recording, Threshold, ThresholdName
from bench.errors import DataError, unknown
from bench.readers import Download, FileDataset, StandIn
from bench_wesad.card import CARD
from bench_wesad.protocol import SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIDPOINTS = {"valence": 5.0, "arousal": 5.0, "anxiety": 15.0}  # of the scales 1 to 9, 1 to 9 and 6 to 24
CHEST = ("ecg", "eda", "emg", "resp", "temp", "acc")
WRIST = ("bvp", "wrist-eda", "wrist-temp", "wrist-acc")


@dataclass(frozen=True)
class Wesad(FileDataset):
    """Chest and wrist recordings of 15 subjects at rest, under stress, amused and meditating.

    `stress` is stress against baseline and amusement, as in the AttX paper; `three-class` separates these two.
    Meditation, reading and transients belong to neither. `valence`, `arousal` (SAM) and `anxiety` (STAI-6) are
    self-reports after each condition, including meditation, above or below a threshold.

    NaN values stay in their signal and only affect windows of that modality that contain them.

    Sessions of a stand-in last 1,200 seconds by default, 240 MB each, with short transients. From 5,000 seconds on,
    they have the durations of the real sessions, 1.2 GB each.
    """

    devices: Annotated[Literal["both", "chest", "wrist"], "whose signals to read"] = "both"
    threshold: Annotated[ThresholdName, "a self-report above it is high"] = "mean"
    threshold_from: Annotated[
        Literal["train", "everything"], "the self-reports that the threshold is computed from; everything leaks"
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

    @property
    def modalities(self) -> tuple[str, ...]:
        return {"both": CHEST + WRIST, "chest": CHEST, "wrist": WRIST}[self.devices]

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        fixed = {"stress": ("not stressed", "stressed"), "three-class": ("baseline", "amusement", "stress")}
        return fixed | dict.fromkeys(MIDPOINTS, ("low", "high"))

    def label_rule(self, target: str) -> LabelRule | None:
        if target not in MIDPOINTS:
            return None
        return Threshold(target, self.threshold, MIDPOINTS[target], self.threshold_from)

    def subjects(self) -> Sequence[str]:
        return [name for name in self.subject_folders() if self.pickle(name).exists()]

    def excluded(self) -> Mapping[str, int]:
        folders = self.subject_folders()
        without_pickle = {f"{name}: no {name}.pkl": 1 for name in folders if not self.pickle(name).exists()}
        missing = [name for name in self.subjects() if not self.answers(name).exists()]
        return without_pickle | {f"{name}: no {name}_quest.csv, so no self-reports": 1 for name in missing}

    def subject_folders(self) -> list[str]:
        """S2 before S10; raises for a folder of a subject that does not exist."""
        names = {each.name for each in self.folder.iterdir() if each.is_dir() and re.fullmatch(r"S\d+", each.name)}
        unexpected = sorted(names - set(SUBJECTS))
        if unexpected:
            raise DataError(
                f"{self.folder / unexpected[0]}: WESAD has no subject {unexpected[0]}, only S2 to S17 without S12, "
                "whose recording the owners discarded; remove the folder."
            )
        return [name for name in SUBJECTS if name in names]

    def pickle(self, subject: str) -> Path:
        return self.folder / subject / f"{subject}.pkl"

    def answers(self, subject: str) -> Path:
        return self.folder / subject / f"{subject}_quest.csv"

    def files(self, subject: str) -> Sequence[Path]:
        if subject not in self.subjects():
            raise unknown("subject", subject, self.subjects())
        return [path for path in (self.pickle(subject), self.answers(subject)) if path.exists()]

    def load(self, subject: str) -> Sequence[Recording]:
        from bench_wesad import labels, layout, questionnaire

        path, *answers = self.files(subject)
        sensors = [sensor for sensor in layout.SENSORS if sensor.modality in self.modalities]
        signals, codes = layout.read(path, subject, sensors)
        runs = labels.runs(codes)
        conditions = labels.conditions(path, runs)
        ratings = questionnaire.ratings(answers[0], subject, conditions) if answers else [{} for _ in conditions]
        return [Recording(subject, signals, labels.segments(conditions, ratings), excluded=labels.excluded(runs))]

    def write_stand_in(self, folder: Path, spec: StandIn) -> Iterator[str]:
        from bench_wesad import stand_in

        return stand_in.write(folder, spec)
