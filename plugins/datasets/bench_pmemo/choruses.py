"""The sound files of the songs, if they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMATS = (".wav", ".flac", ".ogg", ".mp3")  # in order of preference


def find_choruses(folder: Path) -> Mapping[str, Path]:
    """Song -> file in the folder `chorus` with the number of the song as its name."""
    files = [
        file
        for file in (folder / "chorus").glob("*")
        if file.stem.isdecimal() and file.suffix.lower() in FORMATS and file.is_file()
    ]
    files.sort(key=lambda file: (int(file.stem), FORMATS.index(file.suffix.lower()), file.name))
    return {str(int(file.stem)): file for file in reversed(files)}
