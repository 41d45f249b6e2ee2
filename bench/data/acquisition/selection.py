"""Part of a data set: the files of some subjects, or those that match a pattern."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.readers import Download


def select(downloads: Sequence[Download], subjects: Sequence[str], patterns: Sequence[str]) -> list[Download]:
    """The files to download; a file whose name contains no subject belongs to all of them."""
    selected = [each for each in downloads if not patterns or any(matches(each.file, pattern) for pattern in patterns)]
    if patterns and not selected:
        raise UsageError(f"No file matches {' or '.join(patterns)}; the first file is {downloads[0].file}.")
    if not subjects:
        return selected
    names = {each.file: subject_names(each.file) for each in selected}
    for subject in subjects:
        if not any(normalise(subject) in found for found in names.values()):
            raise UsageError(
                f"No file belongs to '{subject}' alone; the files are called {', '.join(list(names)[:3])} and so on. "
                "Select files with --only, or omit --subjects."
            )
    wanted = {normalise(subject) for subject in subjects}
    return [each for each in selected if not names[each.file] or wanted & names[each.file]]


def matches(file: str, pattern: str) -> bool:
    """By its path below the folder, or by its name."""
    return fnmatch(file, pattern) or fnmatch(PurePosixPath(file).name, pattern)


def subject_names(file: str) -> set[str]:
    """The names of subjects in a path: S001/S001R01.edf belongs to 1, also called s1, P1.zip to p1."""
    path = PurePosixPath(file)
    parts = [*path.parts[:-1], path.name.partition(".")[0]]
    names = {normalise(part) for part in parts if re.fullmatch(r"[A-Za-z]{1,3}[-_ ]?\d+", part)}
    return names | {name.lstrip("abcdefghijklmnopqrstuvwxyz") for name in names}


def normalise(name: str) -> str:
    """Equal for S001 and s1."""
    match = re.fullmatch(r"([a-z]*)[-_ ]?0*(\d+)", name.strip().lower())
    return f"{match[1]}{match[2]}" if match else name.strip().lower()
