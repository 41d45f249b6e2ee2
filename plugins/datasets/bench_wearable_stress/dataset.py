"""The wearable-stress data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import Card, Recording
from bench.errors import unknown
from bench.readers import Download, FileDataset, StandIn, listed_downloads
from bench.readers.empatica import SENSORS, read_presses
from bench_wearable_stress import labels, layout
from bench_wearable_stress.card import CARD

if TYPE_CHECKING:
    from bench.api import Segment


@dataclass(frozen=True)
class WearableStress(FileDataset):
    """Wrist recordings of a stress session with tasks and rests, and of aerobic and anaerobic exercise.

    Trials of the stress session, which is session 1, are its stages between presses of a button. The target `stress`
    classifies tasks against baseline and rests. Exercise, sessions 2 and 3, only has the target `session`: which of the
    three sessions it is. The target `self-report` is the stress from 0 to 10 that subjects report for each stage.

    Beat intervals (IBI.csv) are not a modality: the device leaves out doubtful beats, so windows would have gaps.
    """

    stimuli: Annotated[
        Literal["none", "tasks"],
        "whether stages are stimuli, which protocols can hold out; a stage determines its label",
    ] = "none"

    name: ClassVar[str] = "wearable-stress"
    folder_names: ClassVar[tuple[str, ...]] = (
        "wearable-device-dataset",
        "wearable-device-dataset-from-induced-stress-and-structured-exercise-sessions-1.0.1",
    )
    root_patterns: ClassVar[tuple[str, ...]] = (f"{layout.TOP}/{layout.STRESS}/*/EDA.csv",)
    downloads: ClassVar[Sequence[Download]] = listed_downloads(
        Path(__file__).with_name("SHA256SUMS"), "https://physionet.org/files/wearable-device-dataset/1.0.1/"
    )
    card: ClassVar[Card] = CARD

    @property
    def modalities(self) -> tuple[str, ...]:
        return tuple(SENSORS)

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        return {"stress": labels.CLASSES, "session": labels.SESSION_CLASSES}

    @property
    def regression_targets(self) -> Mapping[str, str]:
        return {"self-report": labels.RATING}

    @cached_property
    def recorded(self) -> dict[str, dict[str, list[Path]]]:
        """Session -> subject -> folders."""
        return {session: layout.folders(self.folder, session) for session in layout.SESSIONS}

    def subjects(self) -> Sequence[str]:
        return sorted({subject for found in self.recorded.values() for subject in found})

    def excluded(self) -> Mapping[str, int]:
        counts = {}
        for session, found in self.recorded.items():
            if missing := [subject for subject in self.subjects() if subject not in found]:
                counts[f"subjects without the session {session} ({', '.join(missing)})"] = len(missing)
        return counts

    def sessions(self, subject: str) -> dict[str, list[Path]]:
        """Session -> folders of a subject; only sessions that were recorded."""
        if subject not in self.subjects():
            raise unknown("subject", subject, self.subjects())
        return {session: found[subject] for session, found in self.recorded.items() if subject in found}

    def files(self, subject: str) -> Sequence[Path]:
        paths = []
        for session, folders in self.sessions(subject).items():
            names = [SENSORS[name].file for name in layout.modalities(session, subject)]
            names += [layout.PRESSES] if session == layout.STRESS else []
            paths += [folder / name for folder in folders for name in names]
        return [self.require_file(path) for path in (*paths, self.folder / labels.PROTOCOLS[subject[0]].levels)]

    def load(self, subject: str) -> Sequence[Recording]:
        self.files(subject)
        return [self.recording(subject, name, folders) for name, folders in self.sessions(subject).items()]

    def recording(self, subject: str, name: str, folders: Sequence[Path]) -> Recording:
        session = layout.read(folders, name, subject)
        excluded = layout.exclusions(session, name, subject)
        if name == layout.STRESS:
            segments, lost = self.stages(subject, session, folders)
            excluded |= lost
        else:
            segments = labels.exercise(session, name)
        return Recording(subject, session.signals, segments, layout.SESSIONS[name], excluded)

    def stages(
        self, subject: str, session: layout.Session, folders: Sequence[Path]
    ) -> tuple[list[Segment], dict[str, int]]:
        """Stages as trials, and how many seconds of stages were not recorded."""
        protocol = labels.PROTOCOLS[subject[0]]
        files = [folder / layout.PRESSES for folder in folders]
        presses = [press for file in files for press in read_presses(file)]
        levels = labels.read_levels(self.folder / protocol.levels, protocol).get(subject, {})
        segments, lost = labels.stages(session, presses, protocol, levels, " with ".join(map(str, files)))
        if self.stimuli == "tasks":
            stimuli = labels.stimuli(protocol)
            segments = [replace(segment, stimulus=stimuli[segment.trial]) for segment in segments]
        return segments, lost

    def write_stand_in(self, folder: Path, spec: StandIn) -> Iterator[str]:
        from bench_wearable_stress.stand_in import write

        return write(folder, spec)
