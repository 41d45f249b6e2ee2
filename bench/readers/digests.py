"""Digests of file contents, remembered by path, size and time, so that a second start does not read gigabytes."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import stat
import time
from typing import TYPE_CHECKING

from bench.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

FRESH = 2.0  # seconds in which a file could change again without another time
_memory: Path | None = None
_known: dict[tuple[str, int, int, int], str] = {}


def remember_in(folder: Path) -> None:
    """Keep what is computed from now on in a file of that folder."""
    global _memory  # noqa: PLW0603 - one place per process, set by whoever knows the cache
    _memory = folder / "digests.sqlite"


def memory() -> Path | None:
    """The file in which digests are kept, if one has been named."""
    return _memory


def content(path: Path) -> str:
    """SHA-256 of a file."""
    try:
        return _content(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error


def _content(path: Path) -> str:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):  # a pipe or a device would never end
        raise DataError(f"{path} is not a plain file.")
    identity = (str(path.absolute()), found.st_size, found.st_mtime_ns, found.st_ino)
    known = _known.get(identity) or _recall(identity)
    if known:
        _known[identity] = known
        return known
    with path.open("rb") as file:
        computed = hashlib.file_digest(file, "sha256").hexdigest()
    if time.time() - found.st_mtime > FRESH:
        _known[identity] = computed
        _keep(identity, computed)
    return computed


def _recall(identity: tuple[str, int, int, int]) -> str | None:
    if _memory is None or not _memory.exists():
        return None
    query = "SELECT sha256 FROM digest WHERE path = ? AND size = ? AND time = ? AND inode = ?"
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(_memory, timeout=10)) as base:
        row = base.execute(query, identity).fetchone()
        return str(row[0]) if row else None
    return None


def _keep(identity: tuple[str, int, int, int], computed: str) -> None:
    """A memory that cannot be written costs time, nothing else."""
    if _memory is None:
        return
    with contextlib.suppress(sqlite3.Error, OSError):
        _memory.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(_memory, timeout=10)) as base, base:
            base.execute("PRAGMA synchronous = OFF")  # thousands of files; a loss costs time
            base.execute(
                "CREATE TABLE IF NOT EXISTS digest "
                "(path TEXT PRIMARY KEY, size INTEGER, time INTEGER, inode INTEGER, sha256 TEXT)"
            )
            base.execute("INSERT OR REPLACE INTO digest VALUES (?, ?, ?, ?, ?)", (*identity, computed))
