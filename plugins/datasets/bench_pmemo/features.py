"""The shape of the music features that come with the songs; they are checked, and not loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.errors import DataError
from bench_pmemo.headers import header

if TYPE_CHECKING:
    from pathlib import Path

STATIC = 6373  # ComParE functionals of a song
DYNAMIC = 260  # mean and standard deviation of 130 descriptors in each half second
TABLES = {"static_features.csv": (("musicId",), STATIC), "dynamic_features.csv": (("musicId", "frameTime"), DYNAMIC)}


def check(folder: Path) -> None:
    """Raise where a table is there and of another shape; openSMILE's `class` column may stand at its end."""
    for name, (identifiers, count) in TABLES.items():
        if not (folder / name).is_file():
            continue
        names = header(folder / name)
        features = len(names) - len(identifiers) - (names[-1:] == ["class"])
        if tuple(names[: len(identifiers)]) != identifiers or features != count:
            raise DataError(
                f"{folder / name} begins with {', '.join(names[: len(identifiers)])} and has {features} features; "
                f"expected {', '.join(identifiers)} and {count} features."
            )
