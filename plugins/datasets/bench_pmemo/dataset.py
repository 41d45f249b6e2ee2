"""The two releases of PMEmo as data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import Card, LabelRule, Range
from bench.errors import DataError, UsageError
from bench_pmemo import listenings
from bench_pmemo.cards import CARD_2018, CARD_2019
from bench_pmemo.release import Pmemo, ThresholdName

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.readers import StandIn
    from bench_pmemo.listenings import Listening


@dataclass(frozen=True)
class Pmemo2018(Pmemo):
    """The release with the ratings of each listener.

    Arousal and valence were rated while listening twice, with a recording each. A segment has the rating of its own
    axis, and as `other` the rating of the same subject and song on the other axis.
    """

    threshold: Annotated[
        ThresholdName, "a rating above it is high; personal: between two clusters of the subject's ratings"
    ] = "personal"
    seed: Annotated[int, Range(0, 2**31 - 1), "of k-means for personal thresholds"] = 0

    name: ClassVar[str] = "pmemo-2018"
    folder_names: ClassVar[tuple[str, ...]] = ("PMEmo2018", "PMEmo")
    root_patterns: ClassVar[tuple[str, ...]] = ("EDA/Arousal/*_A.csv",)
    card: ClassVar[Card] = CARD_2018
    label_options: ClassVar[tuple[str, ...]] = (*Pmemo.label_options, "seed")

    @property
    def unit(self) -> str:
        return "uS"

    @property
    def features(self) -> Path:
        return self.folder

    @cached_property
    def annotations(self) -> Mapping[tuple[int, str], Path]:
        """Song and axis -> file of ratings."""
        files = {}
        for axis, letter in listenings.AXES.items():
            folder = self.folder / "Annotations" / axis.capitalize()
            for file in sorted(folder.glob("*.csv")):
                song = file.stem.removesuffix(f"-{letter}")
                if song == file.stem or not song.isdecimal():
                    raise DataError(f"{file}: expected a name of song and letter, such as 1-{letter}.csv.")
                files[int(song), axis] = file
        if not files:
            raise DataError(
                f"{self.folder}: no Annotations/Arousal/*-A.csv; the ratings of each listener are needed for labels: "
                "unpack the folder Annotations of the release of 2018 next to EDA."
            )
        return files

    @cached_property
    def rated(self) -> frozenset[int]:
        return frozenset(song for song, _ in self.annotations)

    def all_listenings(self) -> Iterator[Listening]:
        return listenings.of_2018(self.folder)

    def rating_files(self, listening: Listening) -> Sequence[Path]:
        return [
            self.annotations[listening.song, axis]
            for axis in listenings.AXES
            if (listening.song, axis) in self.annotations
        ]

    @cached_property
    def ratings_cache(self) -> dict[Path, Mapping[str, float]]:
        """The files of ratings that were read so far: file -> listener -> rating."""
        return {}

    def ratings(self, listening: Listening) -> dict[str, float]:
        from bench_pmemo.ratings import individual

        ratings = {}
        for axis in listenings.AXES:
            file = self.annotations.get((listening.song, axis))
            if file and file not in self.ratings_cache:
                self.ratings_cache[file] = individual(file)
            if file and listening.listener in self.ratings_cache[file]:
                ratings[axis if axis == listening.axis else "other"] = self.ratings_cache[file][listening.listener]
        return ratings

    def label_rule(self, target: str) -> LabelRule | None:
        if self.threshold != "personal":
            return super().label_rule(target)
        from bench_pmemo.personal_threshold import PersonalThreshold

        arousal, valence = (axis if axis == target else "other" for axis in listenings.AXES)
        return PersonalThreshold(
            (arousal, valence), list(listenings.AXES).index(target), self.seed, self.threshold_from
        )

    def write_stand_in(self, folder: Path, spec: StandIn) -> Iterator[str]:
        from bench_pmemo.stand_in import of_2018

        return of_2018(folder, spec)


@dataclass(frozen=True)
class Pmemo2019(Pmemo):
    """The release with mean ratings of each song."""

    labels: Annotated[
        Literal["static", "dynamic"], "ratings of whole clips, or the mean of those per half second from 15 s on"
    ] = "static"

    name: ClassVar[str] = "pmemo-2019"
    folder_names: ClassVar[tuple[str, ...]] = ("PMEmo2019", "PMEmo")
    root_patterns: ClassVar[tuple[str, ...]] = ("EDA/*_EDA.csv",)
    card: ClassVar[Card] = CARD_2019

    def __post_init__(self) -> None:
        if self.threshold == "personal":
            raise UsageError(
                "pmemo-2019 has no ratings of single listeners, which personal thresholds need; "
                "use pmemo-2018, or threshold=midpoint."
            )

    @property
    def unit(self) -> str:
        return ""

    @property
    def features(self) -> Path:
        return self.folder / "features"

    @property
    def annotations(self) -> Path:
        return self.folder / "annotations" / f"{self.labels}_annotations.csv"

    @cached_property
    def means(self) -> Mapping[int, dict[str, float]]:
        """Song -> axis -> rating."""
        from bench_pmemo import ratings

        return ratings.static(self.annotations) if self.labels == "static" else ratings.dynamic(self.annotations)

    @cached_property
    def rated(self) -> frozenset[int]:
        return frozenset(self.means)

    def all_listenings(self) -> Iterator[Listening]:
        from bench_pmemo import features

        features.check(self.features)
        return listenings.of_2019(self.folder)

    def rating_files(self, listening: Listening) -> Sequence[Path]:
        return [self.annotations]

    def ratings(self, listening: Listening) -> dict[str, float]:
        return dict(self.means[listening.song])

    def write_stand_in(self, folder: Path, spec: StandIn) -> Iterator[str]:
        from bench_pmemo.stand_in import of_2019

        return of_2019(folder, spec)
