"""A data set in files.

lab-stress/S1/day1/ecg.csv     a column ecg, 128 samples per second
                  /eda.csv     a column eda, 8 samples per second, on the same clock
                  /events.csv  start, stop, condition, arousal: one line per trial
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from bench.api import Card, Recording, Segment, Signal
from bench.api.simulation import Episode, Script
from bench.errors import DataError
from bench.readers import FileDataset, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.readers import StandIn

RATES = {"ecg": 128.0, "eda": 8.0}
UNITS = {"ecg": "mV", "eda": "uS"}
DAYS = ("day1", "day2")
CONDITIONS = ("rest", "stress", "rest", "stress")  # of a simulated day
TRIAL = 40.0  # seconds


@dataclass(frozen=True)
class LabStress(FileDataset):
    """Subjects rest and do mental arithmetic, on two days."""

    name: ClassVar[str] = "lab-stress"
    root_patterns: ClassVar[tuple[str, ...]] = ("S*/day*/events.csv",)
    card: ClassVar[Card] = Card(
        "Rest and stress in the laboratory", home="bench-tutorial", licence="MIT", citation="none: an example",
        access="no real data exist",
    )  # fmt: skip

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("ecg", "eda")

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        return {"stress": ("rest", "stress")}  # the positive class last

    @property
    def regression_targets(self) -> Mapping[str, str]:
        return {"arousal-rating": "arousal"}

    def subjects(self) -> Sequence[str]:
        return sorted((folder.name for folder in self.folder.glob("S[0-9]*")), key=lambda name: int(name[1:]))

    def files(self, subject: str) -> Sequence[Path]:
        return sorted(self.folder.glob(f"{subject}/day*/*.csv"))

    def load(self, subject: str) -> Sequence[Recording]:
        return [self.recording(subject, folder) for folder in sorted(self.folder.glob(f"{subject}/day*"))]

    def recording(self, subject: str, folder: Path) -> Recording:
        """One day is one recording: its files share a clock."""
        signals = {}
        for modality, rate in RATES.items():
            values = tables.read(folder / f"{modality}.csv", {modality: float})[modality].to_numpy()
            signals[modality] = Signal(values[None], rate, UNITS[modality], (modality,))
        events = tables.read(folder / "events.csv", {"start": float, "stop": float, "condition": str, "arousal": float})
        segments = []
        for number, (start, stop, condition, arousal) in enumerate(events.itertuples(index=False), 1):
            if condition not in self.targets["stress"]:
                raise DataError(f"{folder / 'events.csv'}: '{condition}' is not rest or stress.")
            segments.append(Segment(start, stop, f"T{number}", {"stress": condition}, ratings={"arousal": arousal}))
        return Recording(subject, signals, segments, session=folder.name)

    def write_stand_in(self, folder: Path, spec: StandIn) -> Iterator[str]:
        for number in range(1, spec.subjects + 1):
            subject, seconds = f"S{number}", TRIAL * len(CONDITIONS)
            for day in DAYS:
                target = folder / subject / day
                target.mkdir(parents=True)
                starts = TRIAL * np.arange(len(CONDITIONS))
                levels = [1.0 if condition == "stress" else -1.0 for condition in CONDITIONS]
                episodes = [Episode(start, start + TRIAL, level) for start, level in zip(starts, levels, strict=True)]
                shapes = {modality: (rate, 1) for modality, rate in RATES.items()}
                script = Script(spec.seed, subject, day, seconds, episodes, shapes)
                for modality, values in spec.simulate(script).items():
                    np.savetxt(target / f"{modality}.csv", values[0], "%.5f", header=modality, comments="")
                lines = [f"{start},{start + TRIAL},{condition},{5 + 3 * level}"
                         for start, condition, level in zip(starts, CONDITIONS, levels, strict=True)]  # fmt: skip
                (target / "events.csv").write_text("\n".join(["start,stop,condition,arousal", *lines]) + "\n")
            yield subject
