"""Where data sets are stored: one data root with a folder or link per data set, wherever an archive was unpacked."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from bench.errors import DataError
from bench.readers.text_files import parse_json, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

VARIABLE = "BENCH_DATA"
SIMULATED = "simulated"  # the folder in the data root where stand-ins are written
MARKER = "SIMULATED.json"  # in the top folder of every stand-in


def data_root() -> Path:
    """The folder of all data sets, from `--data` or BENCH_DATA, or the platform's folder for user data."""
    configured = os.environ.get(VARIABLE)
    if configured:
        return Path(configured).expanduser().absolute()
    return Path(platformdirs.user_data_dir("bench", appauthor=False))


def find(name: str, folder_names: Sequence[str], root_patterns: Sequence[str]) -> Path | None:
    """The top folder of a data set; a real one comes before a stand-in."""
    for candidate in candidates(name, folder_names):
        for folder in search(candidate):
            if is_top_folder(folder, root_patterns):
                return folder
    return None


def read_variants(folder: Path) -> list[str]:
    """The variants with which a stand-in was simulated, from its marker file."""
    try:
        variants = parse_json(read_text(folder / MARKER))["variants"]
    except (DataError, ValueError, KeyError, TypeError):
        return []
    return [str(each) for each in variants] if isinstance(variants, list) else []


def candidates(name: str, folder_names: Sequence[str]) -> list[Path]:
    """Where a data set is looked for, in this order."""
    root = data_root()
    wanted = {normalise(each) for each in (name, *folder_names)}
    named = [folder for folder in subfolders(root) if normalise(folder.name) in wanted]
    return [*named, root, root / SIMULATED / name]


def search(folder: Path) -> Iterator[Path]:
    """A folder and its subfolders, two levels deep, since archives are often unpacked into a folder of their own."""
    yield folder
    children = [child for child in subfolders(folder) if child.name != SIMULATED]
    yield from children
    for child in children:
        yield from subfolders(child)


def is_top_folder(folder: Path, root_patterns: Sequence[str]) -> bool:
    """Whether a file in the folder matches one of the patterns of the data set."""
    try:
        return any(next(folder.glob(pattern), None) is not None for pattern in root_patterns)
    except OSError:
        return False


def is_forbidden(folder: Path) -> bool:
    """Whether a folder exists that this user may not read."""
    return os.path.exists(folder) and not os.access(folder, os.R_OK | os.X_OK)  # noqa: PTH110 - raises nothing


def subfolders(folder: Path) -> list[Path]:
    """The visible folders in a folder; none where it cannot be read."""
    try:
        return sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
    except OSError:
        return []


def normalise(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
