"""Who listened to which song, found from names of files and columns alone."""

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
class Listen:
    """One listener hears one song; in 2018, once for each axis that is rated."""

    listener: str
    song: int
    axis: str  # what is rated in this listen; empty in 2019, where that is not said
    file: Path
    column: str

    @property
    def session(self) -> str:
        return f"song {self.song} {self.axis}".strip()


def of_2018(folder: Path) -> Iterator[Listen]:
    """Files such as EDA/Arousal/1_100177_A.csv."""
    for axis, letter in AXES.items():
        for file in sorted((folder / "EDA" / axis.capitalize()).glob("*.csv")):
            found = re.fullmatch(rf"(\d+)_(\d{{6}})_{letter}", file.stem)
            if not found:
                raise DataError(f"{file}: expected a name of song, listener and letter such as 1_100177_{letter}.csv.")
            yield Listen(found[2], int(found[1]), axis, file, "EDA(microsiemens)")


def of_2019(folder: Path) -> Iterator[Listen]:
    """Files such as EDA/1_EDA.csv with a column per listener."""
    for file in sorted((folder / "EDA").glob("*.csv")):
        found = re.fullmatch(r"(\d+)_EDA", file.stem)
        if not found:
            raise DataError(f"{file}: expected the number of a song in its name, such as 1_EDA.csv.")
        for listener in columns(file):
            yield Listen(listener, int(found[1]), "", file, listener)


def exchanged(listens: Sequence[Listen]) -> dict[Listen, Listen]:
    """For each listen another of the same axis, drawn by chance; each is given away once.

    Whoever knew from which song and person another comes would know nothing of where it is now.
    """
    import numpy as np

    found: dict[Listen, Listen] = {}
    for axis in sorted({listen.axis for listen in listens}):
        alike = [listen for listen in listens if listen.axis == axis]
        ring = [alike[place] for place in np.random.default_rng(0).permutation(len(alike))]
        found |= dict(zip(ring, [*ring[1:], ring[0]], strict=True))
    return found


def columns(file: Path) -> list[str]:
    """The listeners whose columns follow the time."""
    clock, *listeners = header(file) or [""]
    if clock != CLOCK:
        raise DataError(f"{file}: its first column is '{clock}'; expected '{CLOCK}'.")
    wrong = [name for name in listeners if not LISTENER.fullmatch(name)]
    if wrong:
        raise DataError(f"{file}: its column '{wrong[0]}' is no listener; expected six digits such as 100083.")
    double = [name for name in listeners if listeners.count(name) > 1]
    if double:
        raise DataError(f"{file} has {listeners.count(double[0])} columns of listener {double[0]}; expected one.")
    return listeners
