"""The header of a comma-separated file, read without the rest."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from bench.errors import DataError
from bench.readers.file_checks import require_regular

if TYPE_CHECKING:
    from pathlib import Path

MAX_LENGTH = 2_000_000  # characters; the widest table of the release has some 200,000


def header(file: Path) -> list[str]:
    """The names of the columns."""
    require_regular(file)
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            names = next(csv.reader([opened.readline(MAX_LENGTH)]), [])
    except (OSError, UnicodeError, csv.Error) as error:
        raise DataError(f"{file}: its header cannot be read ({error}).") from error
    return [name.strip() for name in names]
