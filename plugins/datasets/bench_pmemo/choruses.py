"""Where the sound of the songs lies, for whoever has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMATS = (".wav", ".flac", ".ogg", ".mp3")  # of several files of a song, the first of these counts


def choruses(folder: Path) -> Mapping[str, Path]:
    """Song -> file in the folder `chorus`, whose name is the number of the song."""
    files = [
        file
        for file in (folder / "chorus").glob("*")
        if file.stem.isdecimal() and file.suffix.lower() in FORMATS and file.is_file()
    ]
    files.sort(key=lambda file: (int(file.stem), FORMATS.index(file.suffix.lower()), file.name))
    return {str(int(file.stem)): file for file in reversed(files)}
