"""The released music features: one vector of openSMILE functionals per song."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.errors import DataError
from bench_pmemo.headers import header

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.api import Array

STATIC = 6373  # ComParE functionals of a song
DYNAMIC = 260  # mean and standard deviation of 130 descriptors per half second
TABLES = {"static_features.csv": (("musicId",), STATIC), "dynamic_features.csv": (("musicId", "frameTime"), DYNAMIC)}


def check(folder: Path) -> None:
    """Raise where a table exists with another shape; openSMILE's `class` column may be at its end."""
    for name, (identifiers, count) in TABLES.items():
        if not (folder / name).is_file():
            continue
        names = header(folder / name)
        features = len(names) - len(identifiers) - (names[-1:] == ["class"])
        if tuple(names[: len(identifiers)]) != identifiers or features != count:
            raise DataError(
                f"{folder / name} starts with {', '.join(names[: len(identifiers)])} and has {features} features; "
                f"expected {', '.join(identifiers)} and {count} features."
            )


def static(file: Path) -> tuple[Sequence[str], Mapping[str, Array]]:
    """Names of the functionals, and their values for each song."""
    from bench.readers import tables

    check(file.parent)
    columns = [name for name in header(file) if name != "class"]
    table = tables.read(file)
    if table["musicId"].duplicated().any():
        raise DataError(
            f"{file} has more than one row for song {table['musicId'][table['musicId'].duplicated()].iloc[0]}."
        )
    songs = table["musicId"].astype(int).astype(str)
    return columns[1:], dict(zip(songs, table[columns[1:]].to_numpy(dtype=float), strict=True))
