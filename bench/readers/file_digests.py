"""SHA-256 of files, cached by path, size and modification time, so that gigabytes are not read twice."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import time
from typing import TYPE_CHECKING

from bench.readers.file_checks import require_regular, unreadable

if TYPE_CHECKING:
    from pathlib import Path

    Identity = tuple[str, int, int, int]  # path, size, modification time, inode

RECENT = 2.0  # seconds in which a file could change again without a new modification time
_database: Path | None = None
_digests: dict[Identity, str] = {}


def cache_in(folder: Path) -> None:
    """Store digests in a file of that folder from now on."""
    global _database  # noqa: PLW0603 - one per process, set where the cache folder is known
    _database = folder.absolute() / "digests.sqlite"  # also where a process changes its folder later


def database() -> Path | None:
    """The file in which digests are stored, if there is one."""
    return _database


def file_digest(path: Path) -> str:
    """SHA-256 of the content of a file."""
    try:
        return _file_digest(path)
    except OSError as error:
        raise unreadable(path, error) from error


def _file_digest(path: Path) -> str:
    require_regular(path)
    status = path.stat()
    identity = (str(path.absolute()), status.st_size, status.st_mtime_ns, status.st_ino)
    known = _digests.get(identity) or _load(identity)
    if known:
        _digests[identity] = known
        return known
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if time.time() - status.st_mtime > RECENT:
        _digests[identity] = digest
        _store(identity, digest)
    return digest


def _load(identity: Identity) -> str | None:
    if _database is None or not _database.exists():
        return None
    query = "SELECT sha256 FROM digest WHERE path = ? AND size = ? AND time = ? AND inode = ?"
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(_database, timeout=10)) as connection:
        row = connection.execute(query, identity).fetchone()
        return str(row[0]) if row else None
    return None


def _store(identity: Identity, digest: str) -> None:
    """A database that cannot be written costs time, nothing else."""
    if _database is None:
        return
    with contextlib.suppress(sqlite3.Error, OSError):
        _database.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(_database, timeout=10)) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")  # thousands of files; a lost entry costs time
            connection.execute(
                "CREATE TABLE IF NOT EXISTS digest "
                "(path TEXT PRIMARY KEY, size INTEGER, time INTEGER, inode INTEGER, sha256 TEXT)"
            )
            connection.execute("INSERT OR REPLACE INTO digest VALUES (?, ?, ?, ?, ?)", (*identity, digest))
