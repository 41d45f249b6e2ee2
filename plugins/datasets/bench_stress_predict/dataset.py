"""The Stress-Predict data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import Card, Recording
from bench.errors import unknown
from bench.readers import Download, FileDataset, StandIn
from bench.readers.empatica import SENSORS, signals
from bench_stress_predict import labels
from bench_stress_predict.layout import LABELS, RAW

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array

COMMIT = "f49d2eae603f90c3f0140fbbbae7c0480d651023"


@dataclass(frozen=True)
class StressPredict(FileDataset):
    """Wrist recordings of an hour: baseline, Stroop test, interview and hyperventilation, and rest after each.

    Trials are the seven runs of equal labels. Beat intervals (IBI.csv) are not a modality: they cover a third of the
    time, so that four in five windows of ten seconds would have a gap.
    """

    stimuli: Annotated[
        Literal["none", "tasks"],
        "whether tasks are stimuli, which protocols can hold out; a task determines its label",
    ] = "none"

    name: ClassVar[str] = "stress-predict"
    folder_names: ClassVar[tuple[str, ...]] = ("Stress-Predict-Dataset", "Stress-Predict-Dataset-main")
    root_patterns: ClassVar[tuple[str, ...]] = (f"{RAW}/S*/BVP.csv",)
    downloads: ClassVar[Sequence[Download]] = (
        Download(
            "Stress-Predict-Dataset.zip",
            (f"https://codeload.github.com/italha-d/Stress-Predict-Dataset/zip/{COMMIT}",),
            unpack=True,
        ),
    )
    card: ClassVar[Card] = Card(
        title="Stress-Predict: wrist recordings of 35 subjects at rest and under three stressful tasks",
        home="https://github.com/italha-d/Stress-Predict-Dataset",
        licence="MIT (of the repository including the data, which have no separate licence)",
        citation=(
            "Iqbal, Simpkin, Roshan, Glynn, Killilea, Walsh, Molloy, Ganly, Ryman, Coen, Elahi, Wijns and Shahzad "
            "(2022), Stress Monitoring Using Wearable Sensors: A Pilot Study and Stress-Predict Dataset, Sensors "
            "22(21), 8135, doi:10.3390/s22218135"
        ),
        size="100 MB unpacked",
        counts=(
            "35 subjects, 34 of them with labels, each recorded once for 51 to 60 minutes",
            "7 trials per subject: baseline, Stroop test, relax, interview, relax, hyperventilation, relax",
            "75701 s of rest, 36815 s of stress",
        ),
        defects=(
            "S01 has no labels and is excluded.",
            "All subjects do the tasks in the same order, so that any drift over an hour reveals the task.",
            "Rest is everything but the tasks: it includes consent and questionnaires.",
            (
                "HR starts 10 s after the other sensors, and each value is an average of the preceding seconds; its "
                "first 10 s are NaN here."
            ),
            (
                "Labels start 9 s after the sensors and stop up to a second after the last of them; labels outside the "
                "recording are excluded and counted."
            ),
            (
                "The heart rates in the table of labels are those of HR.csv, shifted by one second, and 44 are "
                "missing; they are not used."
            ),
            (
                "Labels change where a button was pressed between tasks, but those of S06 follow handwritten notes in "
                "whole minutes, up to 4 minutes from the presses; the first task of S17 starts 75 s after its press; "
                "and some presses of S17, S18 and S30 are 12 hours off."
            ),
            (
                "Acceleration has steps of 1/64 g: a still wrist gives constant windows, which are not used; nine in "
                "ten of them are at rest."
            ),
            (
                "The first value of EDA.csv is 0, before the sensor has settled; the skin conductance of some subjects "
                "hardly exceeds 0.1 uS."
            ),
        ),
    )

    @property
    def modalities(self) -> tuple[str, ...]:
        return tuple(SENSORS)

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        return {"stress": labels.CLASSES}

    @cached_property
    def recorded(self) -> list[str]:
        """Subjects with a folder."""
        return sorted(folder.name for folder in (self.folder / RAW).glob("S*") if folder.is_dir())

    @cached_property
    def labelled(self) -> dict[str, Array]:
        """Subject -> rows of second and label."""
        return labels.read(self.require_file(self.folder / LABELS))

    def subjects(self) -> Sequence[str]:
        return [name for name in self.recorded if name in self.labelled]

    def excluded(self) -> Mapping[str, int]:
        unlabelled = labels.count_missing(self.recorded, self.labelled, "subjects without labels")
        return unlabelled | labels.count_missing(sorted(self.labelled), self.recorded, "subjects without a recording")

    def files(self, subject: str) -> Sequence[Path]:
        raw = [self.folder / RAW / subject / sensor.file for sensor in SENSORS.values()]
        return [self.require_file(path) for path in (*raw, self.folder / LABELS)]

    def load(self, subject: str) -> Sequence[Recording]:
        if subject not in self.subjects():
            raise unknown("subject", subject, self.subjects())
        self.files(subject)
        zero, measured = signals(self.folder / RAW / subject)
        end = max(signal.values.shape[1] / signal.rate for signal in measured.values())
        segments, excluded = labels.segments(
            self.labelled[subject], zero, end, f"{self.folder / LABELS}, participant {int(subject[1:])}"
        )
        if self.stimuli == "tasks":
            segments = [replace(segment, stimulus=labels.STIMULI[segment.trial]) for segment in segments]
        return [Recording(subject, measured, segments, excluded=excluded)]

    def write_stand_in(self, folder: Path, spec: StandIn) -> Iterator[str]:
        from bench_stress_predict.stand_in import write

        return write(folder, spec)
