"""The common part of both releases of PMEmo."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import LabelRule, Range, Recording, Segment, Signal, Threshold
from bench.errors import unknown
from bench.readers import FileDataset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import Array
    from bench_pmemo.listenings import Listening

STATIC_TABLE = "static_features.csv"
CLASSES = ("low", "high")
MIDPOINT = 0.5  # of the scale from 0 to 1
ThresholdName = Literal["personal", "mean", "median", "midpoint"]


@dataclass(frozen=True)
class Pmemo(FileDataset):
    """A recording is one listener hearing one song; `--modalities eda,music` adds features of the song.

    These are from the released table, or computed from `chorus/SONG.mp3` by the step `music: opensmile`.
    """

    skip: Annotated[float, Range(0, 60), "seconds cut from the start of each clip; the Res-SIN paper cuts 15"] = 0.0
    threshold: Annotated[ThresholdName, "a rating above it is high"] = "midpoint"
    threshold_from: Annotated[
        Literal["train", "everything"],
        "the ratings that the threshold is computed from; the paper uses everything, including the test part",
    ] = "train"
    shuffled: Annotated[
        bool, "control: each recording has the skin conductance of a random other one, of any subject"
    ] = False

    variants: ClassVar[Mapping[str, str]] = {
        "song-effect": (
            "a trap: the song alone decides the ratings, at random, and has a response of its own in the skin "
            "conductance of all subjects and in the music features, both unrelated to the ratings"
        ),
        "choruses": "with the sound of each song: two seconds of a chord",
    }
    subject_pool: ClassVar[str] = "pmemo"
    label_options: ClassVar[tuple[str, ...]] = ("threshold", "threshold_from")

    @property
    def remark(self) -> str:
        control = "control: skin conductance is that of random other recordings" if self.shuffled else ""
        return "; ".join(filter(None, [control, super().remark]))

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("eda", *self.stimulus_modalities)

    @property
    def stimulus_modalities(self) -> tuple[str, ...]:
        return ("music",)

    @property
    @abstractmethod
    def features(self) -> Path:
        """The folder of the tables of music features."""

    def stimulus_files(self) -> Sequence[Path]:
        file = self.features / STATIC_TABLE
        return [file] if file.is_file() else []

    def stimulus_vectors(self, modality: str) -> tuple[Sequence[str], Mapping[str, Array]]:
        from bench_pmemo.features import static

        return static(self.features / STATIC_TABLE) if self.stimulus_files() else ((), {})

    def stimulus_media(self, modality: str) -> Mapping[str, Path]:
        from bench_pmemo.choruses import find_choruses

        return {song: file for song, file in find_choruses(self.folder).items() if int(song) in self.rated}

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        return {"arousal": CLASSES, "valence": CLASSES}

    @property
    def regression_targets(self) -> Mapping[str, str]:
        return {"arousal-rating": "arousal", "valence-rating": "valence"}

    @property
    @abstractmethod
    def unit(self) -> str:
        """Of the skin conductance."""

    @property
    @abstractmethod
    def rated(self) -> frozenset[int]:
        """The songs that have ratings."""

    @abstractmethod
    def all_listenings(self) -> Iterator[Listening]:
        """Including songs without ratings."""

    @abstractmethod
    def rating_files(self, listening: Listening) -> Sequence[Path]:
        """The files with the ratings of a listening."""

    @abstractmethod
    def ratings(self, listening: Listening) -> dict[str, float]:
        """The ratings of the song by the listener, as far as they are known."""

    @cached_property
    def index(self) -> Mapping[str, Sequence[Listening]]:
        """Listener -> listenings, including songs without ratings; from names of files and columns."""
        index: dict[str, list[Listening]] = {}
        for listening in self.all_listenings():
            index.setdefault(listening.listener, []).append(listening)
        return {name: sorted(index[name], key=lambda each: (each.song, each.axis)) for name in sorted(index)}

    def subjects(self) -> Sequence[str]:
        return [name for name in self.index if self.heard(name)]

    def excluded(self) -> Mapping[str, int]:
        songs = {each.song for listenings in self.index.values() for each in listenings}
        counts = {
            "songs without ratings": len(songs - self.rated),
            "songs with ratings and without recordings": len(self.rated - songs),
            "subjects who only heard songs without ratings": len(self.index) - len(self.subjects()),
        }
        return {reason: count for reason, count in counts.items() if count}

    def heard(self, subject: str) -> Sequence[Listening]:
        """The listenings of a subject to songs with ratings."""
        if subject not in self.index:
            raise unknown("subject", subject, self.index)
        return [listening for listening in self.index[subject] if listening.song in self.rated]

    def measured(self, listening: Listening) -> Listening:
        """The listening whose skin conductance is used: its own, unless they are shuffled."""
        return self.shuffled_listenings[listening] if self.shuffled else listening

    @cached_property
    def shuffled_listenings(self) -> Mapping[Listening, Listening]:
        """For each listening another one of the same axis."""
        from bench_pmemo.listenings import shuffle

        return shuffle([listening for subject in self.subjects() for listening in self.heard(subject)])

    def files(self, subject: str) -> Sequence[Path]:
        heard = self.heard(subject)
        return sorted({file for one in heard for file in (self.measured(one).file, *self.rating_files(one))})

    def load(self, subject: str) -> Sequence[Recording]:
        return [self.recording(listening) for listening in self.heard(subject)]

    def recording(self, listening: Listening) -> Recording:
        """One segment over the whole recording, or none and the reason."""
        import numpy as np

        from bench_pmemo.traces import RATE, read, reason_excluded

        measured = self.measured(listening)
        values = read(measured.file, measured.column)[round(self.skip * RATE) :]
        if reason := reason_excluded(values):
            return Recording(listening.listener, {}, (), listening.session, {reason: 1})
        song = str(listening.song)
        segment = Segment(0.0, len(values) / RATE, song, {}, song, self.ratings(listening))
        signal = Signal(values[None].astype(np.float32), float(RATE), self.unit, ("eda",))
        return Recording(listening.listener, {"eda": signal}, (segment,), listening.session)

    def label_rule(self, target: str) -> LabelRule | None:
        assert self.threshold != "personal"  # handled by the release with personal ratings
        return Threshold(target, self.threshold, MIDPOINT, self.threshold_from)
