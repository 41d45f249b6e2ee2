"""Part of a data set: the files of some people, or those whose names match a pattern."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.readers import Download


def select(downloads: Sequence[Download], subjects: Sequence[str], only: Sequence[str]) -> list[Download]:
    """What was asked for; a file that names no person belongs to all of them."""
    chosen = [each for each in downloads if not only or any(matches(each.file, pattern) for pattern in only)]
    if only and not chosen:
        raise UsageError(f"No file is called like {' or '.join(only)}; the first is called {downloads[0].file}.")
    if not subjects:
        return chosen
    named = {each.file: people(each.file) for each in chosen}
    for subject in subjects:
        if not any(plain(subject) in names for names in named.values()):
            raise UsageError(
                f"No file is of '{subject}' alone; the files are called {', '.join(list(named)[:3])} and so on. "
                "Name files with --only, or leave out --subjects."
            )
    wanted = {plain(subject) for subject in subjects}
    return [each for each in chosen if not named[each.file] or wanted & named[each.file]]


def matches(file: str, pattern: str) -> bool:
    """By the whole path below the folder, or by the name alone."""
    return fnmatch(file, pattern) or fnmatch(PurePosixPath(file).name, pattern)


def people(file: str) -> set[str]:
    """What a path says about people: S001/S001R01.edf is of person 1, called s1, P1.zip of p1."""
    path = PurePosixPath(file)
    parts = [*path.parts[:-1], path.name.partition(".")[0]]
    found = {plain(part) for part in parts if re.fullmatch(r"[A-Za-z]{1,3}[-_ ]?\d+", part)}
    return found | {name.lstrip("abcdefghijklmnopqrstuvwxyz") for name in found}


def plain(name: str) -> str:
    """S001 and s1 are the same person."""
    match = re.fullmatch(r"([a-z]*)[-_ ]?0*(\d+)", name.strip().lower())
    return f"{match[1]}{match[2]}" if match else name.strip().lower()
