"""Entries of the cache: complete folders, pre-trained weights, leftovers of interrupted processes, and locks."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from filelock import FileLock, Timeout

from bench.cli.data import weight_files
from bench.cli.parameters import RESULTS
from bench.data.cache import MANIFEST, complete
from bench.errors import StorageError
from bench.pretraining.weight_files import FOLDER, SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

DIGESTS = "digests.sqlite"
DAY = 86400.0
State = Literal["complete", "damaged", "partial", "removed", "lock"]


@dataclass(frozen=True)
class CacheEntry:
    """A folder of the cache, a file of weights, or a lock without either."""

    kind: str
    key: str
    path: Path
    state: State
    size: int  # bytes, hard links included
    created: float  # seconds since 1970

    @property
    def age(self) -> float:
        """In days."""
        return max(0.0, (time.time() - self.created) / DAY)

    @property
    def weights(self) -> bool:
        """Whether it is pre-trained, which takes longer to recompute than prepared recordings."""
        return self.kind == FOLDER

    @property
    def lock(self) -> Path:
        return self.path.with_name(f".{self.key}.lock" if self.weights else f"{self.key}.lock")

    @property
    def complete_path(self) -> Path:
        return self.path.with_name(f"{self.key}{SUFFIX}" if self.weights else self.key)


def cache_option(function: Any) -> Any:
    return click.option(
        "--cache", type=click.Path(file_okay=False, path_type=Path), envvar="BENCH_CACHE", show_envvar=True,
        default=Path(RESULTS) / "cache", show_default=True, help="Folder of prepared data.",
    )(function)  # fmt: skip


def list_entries(root: Path) -> list[CacheEntry]:
    """By kind and key; other files are ignored, so that a wrong folder name deletes nothing."""
    try:
        kinds = sorted(each for each in root.iterdir() if each.is_dir()) if root.exists() else []
        return [entry for kind in kinds for path in sorted(kind.iterdir()) if (entry := read_entry(kind.name, path))]
    except OSError as error:
        raise StorageError(f"Cannot read the cache in {root}: {error.strerror}.") from error


def read_entry(kind: str, path: Path) -> CacheEntry | None:
    """The entry at a path; None for files that no cache writes, and for the lock of an existing folder."""
    try:
        if kind == FOLDER:
            known = weight_files.parse(path)
            status = path.stat()
            return CacheEntry(kind, known[0], path, known[1], status.st_size, status.st_mtime) if known else None
        manifest = path / MANIFEST
        created = (manifest if manifest.exists() else path).stat().st_mtime
        if path.suffix == ".lock" and path.is_file():
            return None if path.with_suffix("").exists() else CacheEntry(kind, path.stem, path, "lock", 0, created)
        if path.is_dir() and path.suffix in (".partial", ".removed"):
            state: State = "partial" if path.suffix == ".partial" else "removed"
            return CacheEntry(kind, path.stem, path, state, folder_size(path), created)
        if path.is_dir() and manifest.exists():
            state = "complete" if complete(path) else "damaged"
            return CacheEntry(kind, path.name, path, state, folder_size(path), created)
    except FileNotFoundError:  # another process has just finished or removed it
        return None
    return None


def folder_size(folder: Path) -> int:
    return sum(status.st_size for status in file_stats(folder))


def file_stats(folder: Path) -> Iterator[os.stat_result]:
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                yield (Path(base) / name).stat()
            except FileNotFoundError:
                continue


def disk_usage(root: Path) -> int:
    """Bytes on disk; a file with several hard links counts once."""
    return sum({(status.st_dev, status.st_ino): status.st_size for status in file_stats(root)}.values())


@contextmanager
def try_lock(entry: CacheEntry) -> Iterator[bool]:
    """Hold the lock of a key; False where another process holds it."""
    lock = FileLock(entry.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def remove(entry: CacheEntry) -> int | None:
    """Delete an entry and its lock; returns the bytes that became free, None where another process uses it.

    It is renamed first, so that no process sees half of it.
    """
    with try_lock(entry) as locked:
        if not locked:
            return None
        try:
            freed = 0 if entry.state == "lock" else delete(entry)
            # A process that waits for the lock notices that it was deleted, and creates a new one.
            if not entry.complete_path.exists():
                entry.lock.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"Cannot delete {entry.path}: {error.strerror}.") from error
        return freed


def delete(entry: CacheEntry) -> int:
    """Returns the bytes that became free."""
    if not entry.path.exists():
        return 0
    if entry.weights:
        freed = entry.size if entry.path.stat().st_nlink == 1 else 0
        entry.path.unlink()
        return freed
    renamed = entry.path.with_name(f"{entry.key}.removed")
    if entry.path != renamed:
        shutil.rmtree(renamed, ignore_errors=True)
        entry.path.replace(renamed)
    freed = sum(status.st_size for status in file_stats(renamed) if status.st_nlink == 1)
    shutil.rmtree(renamed)
    return freed
