"""Which subject listened to which song, from names of files and columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.errors import DataError
from bench_pmemo.headers import header

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

AXES = {"arousal": "A", "valence": "V"}
LISTENER = re.compile(r"\d{6}")
CLOCK = "time(s)"


@dataclass(frozen=True)
class Listening:
    """One listener hears one song; in the release of 2018, once for each rated axis."""

    listener: str
    song: int
    axis: str  # rated while listening; empty in 2019, where it is unknown
    file: Path
    column: str

    @property
    def session(self) -> str:
        return f"song {self.song} {self.axis}".strip()


def of_2018(folder: Path) -> Iterator[Listening]:
    """Files such as EDA/Arousal/1_100177_A.csv."""
    for axis, letter in AXES.items():
        for file in sorted((folder / "EDA" / axis.capitalize()).glob("*.csv")):
            match = re.fullmatch(rf"(\d+)_(\d{{6}})_{letter}", file.stem)
            if not match:
                raise DataError(f"{file}: expected a name of song, listener and letter, such as 1_100177_{letter}.csv.")
            yield Listening(match[2], int(match[1]), axis, file, "EDA(microsiemens)")


def of_2019(folder: Path) -> Iterator[Listening]:
    """Files such as EDA/1_EDA.csv with a column per listener."""
    for file in sorted((folder / "EDA").glob("*.csv")):
        match = re.fullmatch(r"(\d+)_EDA", file.stem)
        if not match:
            raise DataError(f"{file}: expected the number of a song in its name, such as 1_EDA.csv.")
        for listener in listener_columns(file):
            yield Listening(listener, int(match[1]), "", file, listener)


def shuffle(listenings: Sequence[Listening]) -> dict[Listening, Listening]:
    """For each listening a random other one of the same axis; each is used once.

    Song and subject of one are independent of those of the other.
    """
    import numpy as np

    others: dict[Listening, Listening] = {}
    for axis in sorted({listening.axis for listening in listenings}):
        same_axis = [listening for listening in listenings if listening.axis == axis]
        ring = [same_axis[index] for index in np.random.default_rng(0).permutation(len(same_axis))]
        others |= dict(zip(ring, [*ring[1:], ring[0]], strict=True))
    return others


def listener_columns(file: Path) -> list[str]:
    """The listeners whose columns follow the time."""
    clock, *listeners = header(file) or [""]
    if clock != CLOCK:
        raise DataError(f"{file}: its first column is '{clock}'; expected '{CLOCK}'.")
    wrong = [name for name in listeners if not LISTENER.fullmatch(name)]
    if wrong:
        raise DataError(f"{file}: its column '{wrong[0]}' is not a listener; expected six digits, such as 100083.")
    repeated = [name for name in listeners if listeners.count(name) > 1]
    if repeated:
        raise DataError(f"{file} has {listeners.count(repeated[0])} columns of listener {repeated[0]}; expected one.")
    return listeners
