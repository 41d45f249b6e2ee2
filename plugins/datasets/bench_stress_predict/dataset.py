"""Stress-Predict, as a data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import Card, Recording
from bench.errors import DataError, unknown
from bench.readers import Download, FileDataset, StandIn
from bench_stress_predict import labels
from bench_stress_predict.layout import LABELS, RAW, SENSORS, signals

if TYPE_CHECKING:
    from pathlib import Path

    from bench.api import Array

COMMIT = "f49d2eae603f90c3f0140fbbbae7c0480d651023"


@dataclass(frozen=True)
class StressPredict(FileDataset):
    """Wrist recordings of an hour: baseline, Stroop test, interview and hyperventilation, and rest after each.

    Trials are the seven runs of one label. Beat intervals (IBI.csv) are not a modality: the wristband
    gives them for a third of the time, so that four windows of ten seconds in five have a gap.
    """

    stimuli: Annotated[
        Literal["none", "tasks"],
        "whether tasks count as stimuli, which protocols can hold out; a task tells its label, as there is one of each",
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
    known_defects: ClassVar[Mapping[str, str]] = {
        "no-labels": "there is also a person S01 without labels, as in the real data set",
        "stopped-early": "all sensors of the last person stop 20 s before the labels do",
    }
    card: ClassVar[Card] = Card(
        title="Stress-Predict: wrist recordings of 35 people at rest and under three stressful tasks",
        home="https://github.com/italha-d/Stress-Predict-Dataset",
        licence="MIT (of the repository, data included; the data have no licence of their own)",
        citation=(
            "Iqbal, Simpkin, Roshan, Glynn, Killilea, Walsh, Molloy, Ganly, Ryman, Coen, Elahi, Wijns and Shahzad "
            "(2022), Stress Monitoring Using Wearable Sensors: A Pilot Study and Stress-Predict Dataset, Sensors "
            "22(21), 8135, doi:10.3390/s22218135"
        ),
        size="100 MB unpacked",
        counts=(
            "35 people, 34 of them with labels, each recorded once for 51 to 60 minutes",
            "7 trials of a person: baseline, Stroop test, relax, interview, relax, hyperventilation, relax",
            "75701 s of rest, 36815 s of stress",
        ),
        defects=(
            "S01 has no labels and is left out.",
            "All people do the tasks in the same order, so that anything that drifts over an hour tells a task.",
            "Rest is whatever is no task: it includes consent and questionnaires.",
            (
                "HR starts 10 s after the other sensors, and each value averages the seconds before it; its first 10 s "
                "are missing here."
            ),
            (
                "Labels begin 9 s after the sensors and end up to a second after the last of them; what lies outside "
                "is left out and counted."
            ),
            (
                "The heart rates beside the labels are those of HR.csv one second early, and 44 are missing; they are "
                "not used."
            ),
            (
                "Labels change where a button was pressed between tasks, but those of S06 follow handwritten notes in "
                "whole minutes, up to 4 minutes from the presses; the first task of S17 begins 75 s after its press; "
                "and some presses of S17, S18 and S30 are 12 hours off."
            ),
            (
                "Acceleration comes in steps of 1/64 g: a still wrist gives windows without any change, which are not "
                "used, and nine in ten of them are at rest."
            ),
            (
                "The first value of EDA.csv is 0, before the sensor has settled; skin conductance of some people "
                "hardly leaves 0.1 uS."
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
        """People with a folder."""
        return sorted(folder.name for folder in (self.folder / RAW).glob("S*") if folder.is_dir())

    @cached_property
    def labelled(self) -> dict[str, Array]:
        """Person -> rows of second and label."""
        return labels.read(self.present(self.folder / LABELS))

    def subjects(self) -> Sequence[str]:
        return [name for name in self.recorded if name in self.labelled]

    def excluded(self) -> Mapping[str, int]:
        unlabelled = labels.without(self.recorded, self.labelled, "without labels")
        return unlabelled | labels.without(sorted(self.labelled), self.recorded, "without a recording")

    def files(self, subject: str) -> Sequence[Path]:
        raw = [self.folder / RAW / subject / sensor.file for sensor in SENSORS.values()]
        return [self.present(path) for path in (*raw, self.folder / LABELS)]

    def present(self, path: Path) -> Path:
        """That path, if there is a file."""
        if not path.is_file():
            raise DataError(f"{path} is missing; copy the data set again, or 'bench data download {self.name}'.")
        return path

    def load(self, subject: str) -> Sequence[Recording]:
        if subject not in self.subjects():
            raise unknown("person", subject, self.subjects())
        self.files(subject)
        zero, measured = signals(self.folder / RAW / subject)
        end = max(signal.values.shape[1] / signal.rate for signal in measured.values())
        found, excluded = labels.segments(
            self.labelled[subject], zero, end, f"{self.folder / LABELS}, participant {int(subject[1:])}"
        )
        if self.stimuli == "tasks":
            found = [replace(segment, stimulus=segment.trial.partition("-")[2]) for segment in found]
        return [Recording(subject, measured, found, excluded=excluded)]

    def write_stand_in(self, folder: Path, wanted: StandIn) -> Iterator[str]:
        from bench_stress_predict.stand_in import write

        return write(folder, wanted)
