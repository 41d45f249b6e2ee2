"""PMEmo in its two releases, as data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - annotations are read while options are checked
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.api import Card, LabelRule, Range
from bench.errors import DataError, UsageError
from bench_pmemo import listens
from bench_pmemo.cards import CARD_2018, CARD_2019
from bench_pmemo.release import Pmemo, ThresholdName

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.readers import StandIn
    from bench_pmemo.listens import Listen

DEFECTS = {
    "unlabelled-song": "one song has recordings and no ratings",
    "constant-trace": "one recording has the same value throughout",
    "missing-cell": "one recording has an empty cell in its middle",
    "class-column": "tables of music features end with openSMILE's column 'class'",
    "song-effect": (
        "a trap: the song alone, by the toss of a coin, decides what everybody rates; it leaves a mark of its own in "
        "everybody's skin conductance and in the music features, and neither mark says how it is rated"
    ),
    "choruses": "the sound of each song is there as well: two seconds of a chord",
}


@dataclass(frozen=True)
class Pmemo2018(Pmemo):
    """The release with the ratings of each listener.

    Arousal and valence were rated in two listens, each with a recording. A segment has the rating that was given
    in its listen, and as `other` the one that the same person gave to the song in the other listen.
    """

    threshold: Annotated[
        ThresholdName, "where a high rating begins; personal: between the two clusters of what a person answers"
    ] = "personal"
    seed: Annotated[int, Range(0, 2**31 - 1), "of the clusters of personal thresholds"] = 0

    name: ClassVar[str] = "pmemo-2018"
    folder_names: ClassVar[tuple[str, ...]] = ("PMEmo2018", "PMEmo")
    root_patterns: ClassVar[tuple[str, ...]] = ("EDA/Arousal/*_A.csv",)
    card: ClassVar[Card] = CARD_2018
    label_options: ClassVar[tuple[str, ...]] = (*Pmemo.label_options, "seed")
    known_defects: ClassVar[Mapping[str, str]] = DEFECTS | {
        "lost-rating": "one listener's valence of one song is not there"
    }

    @property
    def unit(self) -> str:
        return "uS"

    @property
    def features(self) -> Path:
        return self.folder

    @cached_property
    def annotations(self) -> Mapping[tuple[int, str], Path]:
        """Song and axis -> file of ratings."""
        found = {}
        for axis, letter in listens.AXES.items():
            folder = self.folder / "Annotations" / axis.capitalize()
            for file in sorted(folder.glob("*.csv")):
                song = file.stem.removesuffix(f"-{letter}")
                if song == file.stem or not song.isdecimal():
                    raise DataError(f"{file}: expected a name of song and letter such as 1-{letter}.csv.")
                found[int(song), axis] = file
        if not found:
            raise DataError(
                f"{self.folder}: there is no Annotations/Arousal/*-A.csv, and without the ratings of each listener "
                "there are no labels; unpack the folder Annotations of the release of 2018 beside EDA."
            )
        return found

    @cached_property
    def rated(self) -> frozenset[int]:
        return frozenset(song for song, _ in self.annotations)

    def all_listens(self) -> Iterator[Listen]:
        return listens.of_2018(self.folder)

    def rating_files(self, listen: Listen) -> Sequence[Path]:
        return [self.annotations[listen.song, axis] for axis in listens.AXES if (listen.song, axis) in self.annotations]

    @cached_property
    def answers(self) -> dict[Path, Mapping[str, float]]:
        """What was read of files of ratings so far: file -> listener -> rating."""
        return {}

    def ratings(self, listen: Listen) -> dict[str, float]:
        from bench_pmemo.ratings import individual

        found = {}
        for axis in listens.AXES:
            file = self.annotations.get((listen.song, axis))
            if file and file not in self.answers:
                self.answers[file] = individual(file)
            if file and listen.listener in self.answers[file]:
                found[axis if axis == listen.axis else "other"] = self.answers[file][listen.listener]
        return found

    def label_rule(self, target: str) -> LabelRule | None:
        if self.threshold != "personal":
            return super().label_rule(target)
        from bench_pmemo.personal import Personal

        arousal, valence = (axis if axis == target else "other" for axis in listens.AXES)
        return Personal((arousal, valence), list(listens.AXES).index(target), self.seed, self.threshold_from)

    def write_stand_in(self, folder: Path, wanted: StandIn) -> Iterator[str]:
        from bench_pmemo.stand_in import of_2018

        return of_2018(folder, wanted)


@dataclass(frozen=True)
class Pmemo2019(Pmemo):
    """The release with mean ratings of each song."""

    labels: Annotated[
        Literal["static", "dynamic"], "ratings of whole clips, or the mean of those of each half second from 15 s on"
    ] = "static"

    name: ClassVar[str] = "pmemo-2019"
    folder_names: ClassVar[tuple[str, ...]] = ("PMEmo2019", "PMEmo")
    root_patterns: ClassVar[tuple[str, ...]] = ("EDA/*_EDA.csv",)
    card: ClassVar[Card] = CARD_2019
    known_defects: ClassVar[Mapping[str, str]] = DEFECTS | {
        "early-end": "one listener's column ends 5 s before the others, in empty cells"
    }

    def __post_init__(self) -> None:
        if self.threshold == "personal":
            raise UsageError(
                "pmemo-2019 has no ratings of single listeners to make personal thresholds of: "
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

    def all_listens(self) -> Iterator[Listen]:
        from bench_pmemo import features

        features.check(self.features)
        return listens.of_2019(self.folder)

    def rating_files(self, listen: Listen) -> Sequence[Path]:
        return [self.annotations]

    def ratings(self, listen: Listen) -> dict[str, float]:
        return dict(self.means[listen.song])

    def write_stand_in(self, folder: Path, wanted: StandIn) -> Iterator[str]:
        from bench_pmemo.stand_in import of_2019

        return of_2019(folder, wanted)
