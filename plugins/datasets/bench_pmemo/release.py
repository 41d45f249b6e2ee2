"""What the two releases of PMEmo share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import LabelRule, Range, Recording, Segment, Signal
from bench.api.thresholds import Threshold
from bench.errors import unknown
from bench.readers import FileDataset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import Array
    from bench_pmemo.listens import Listen

STATIC_TABLE = "static_features.csv"
CLASSES = ("low", "high")
MIDDLE = 0.5  # of the scale from 0 to 1
ThresholdName = Literal["personal", "mean", "median", "midpoint"]


@dataclass(frozen=True)
class Pmemo(FileDataset):
    """A listener has one recording of each listen to a song; `--modalities eda,music` adds the song's features.

    They are those of the released table, or computed from `chorus/SONG.mp3` where the chain says `music: opensmile`.
    """

    skip: Annotated[float, Range(0, 60), "seconds cut from the start of each clip; the Res-SIN paper cuts 15"] = 0.0
    threshold: Annotated[ThresholdName, "where a high rating begins"] = "midpoint"
    threshold_from: Annotated[
        Literal["train", "everything"],
        "whose ratings it is learnt from; the paper takes everything, the test part included",
    ] = "train"
    shuffled: Annotated[
        bool, "a control: each recording has the skin conductance of another one, drawn from those of all people"
    ] = False

    subject_pool: ClassVar[str] = "pmemo"
    label_options: ClassVar[tuple[str, ...]] = ("threshold", "threshold_from")

    @property
    def remark(self) -> str:
        control = "a control: skin conductance is that of other listens, and tells nothing" if self.shuffled else ""
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
        from bench_pmemo.choruses import choruses

        return {song: file for song, file in choruses(self.folder).items() if int(song) in self.rated}

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
    def all_listens(self) -> Iterator[Listen]:
        """Those to songs without ratings included."""

    @abstractmethod
    def rating_files(self, listen: Listen) -> Sequence[Path]:
        """Where the ratings of a listen lie."""

    @abstractmethod
    def ratings(self, listen: Listen) -> dict[str, float]:
        """What is known of how the listener rates the song."""

    @cached_property
    def index(self) -> Mapping[str, Sequence[Listen]]:
        """Listener -> listens, songs without ratings included; from names of files and columns alone."""
        found: dict[str, list[Listen]] = {}
        for listen in self.all_listens():
            found.setdefault(listen.listener, []).append(listen)
        return {name: sorted(found[name], key=lambda each: (each.song, each.axis)) for name in sorted(found)}

    def subjects(self) -> Sequence[str]:
        return [name for name, heard in self.index.items() if any(listen.song in self.rated for listen in heard)]

    def excluded(self) -> Mapping[str, int]:
        songs = {listen.song for heard in self.index.values() for listen in heard}
        counts = {
            "songs without ratings": len(songs - self.rated),
            "songs with ratings and without recordings": len(self.rated - songs),
            "people who heard nothing but songs without ratings": len(self.index) - len(self.subjects()),
        }
        return {reason: count for reason, count in counts.items() if count}

    def heard(self, subject: str) -> Sequence[Listen]:
        """The listens of a person to songs that have ratings."""
        if subject not in self.index:
            raise unknown("person", subject, self.index)
        return [listen for listen in self.index[subject] if listen.song in self.rated]

    def measured(self, listen: Listen) -> Listen:
        """The listen whose skin conductance its recording has: its own, unless they are shuffled."""
        return self.others[listen] if self.shuffled else listen

    @cached_property
    def others(self) -> Mapping[Listen, Listen]:
        """For each listen another of the same axis."""
        from bench_pmemo.listens import exchanged

        return exchanged([listen for subject in self.subjects() for listen in self.heard(subject)])

    def files(self, subject: str) -> Sequence[Path]:
        heard = self.heard(subject)
        return sorted({file for one in heard for file in (self.measured(one).file, *self.rating_files(one))})

    def load(self, subject: str) -> Sequence[Recording]:
        return [self.recording(listen) for listen in self.heard(subject)]

    def recording(self, listen: Listen) -> Recording:
        """One segment over all of it, or none and the reason."""
        import numpy as np

        from bench_pmemo.traces import RATE, read, useless

        measured = self.measured(listen)
        values = read(measured.file, measured.column)[round(self.skip * RATE) :]
        if reason := useless(values):
            return Recording(listen.listener, {}, (), listen.session, {reason: 1})
        song = str(listen.song)
        segment = Segment(0.0, len(values) / RATE, song, {}, song, self.ratings(listen))
        signal = Signal(values[None].astype(np.float32), float(RATE), self.unit, ("eda",))
        return Recording(listen.listener, {"eda": signal}, (segment,), listen.session)

    def label_rule(self, target: str) -> LabelRule | None:
        assert self.threshold != "personal"  # for the release that has personal ratings to look after
        return Threshold(target, self.threshold, MIDDLE, self.threshold_from)
