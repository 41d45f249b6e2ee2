"""What lies in the cache: finished folders, pre-trained weights, what was left half-written, and locks."""

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

from bench.cli.data import pretrained
from bench.cli.parameters import RESULTS
from bench.data.cache import MANIFEST, intact
from bench.errors import StorageError
from bench.pretraining.weight_files import FOLDER, SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY = "digests.sqlite"
DAY = 86400.0
State = Literal["complete", "damaged", "partial", "removed", "lock"]


@dataclass(frozen=True)
class Found:
    """One folder of the cache, one file of weights, or one lock that is there alone."""

    kind: str
    key: str
    path: Path
    state: State
    size: int  # bytes, hard links included
    made: float  # seconds since 1970

    @property
    def age(self) -> float:
        """In days."""
        return max(0.0, (time.time() - self.made) / DAY)

    @property
    def weights(self) -> bool:
        """Whether it was pre-trained, which takes longer than to prepare recordings again."""
        return self.kind == FOLDER

    @property
    def lock(self) -> Path:
        return self.path.with_name(f".{self.key}.lock" if self.weights else f"{self.key}.lock")

    @property
    def finished(self) -> Path:
        return self.path.with_name(f"{self.key}{SUFFIX}" if self.weights else self.key)


def cache_option(function: Any) -> Any:
    return click.option(
        "--cache", type=click.Path(file_okay=False, path_type=Path), envvar="BENCH_CACHE", show_envvar=True,
        default=Path(RESULTS) / "cache", show_default=True, help="Folder of prepared data.",
    )(function)  # fmt: skip


def entries(root: Path) -> list[Found]:
    """By kind and key; only what a cache writes, so that a folder named by mistake loses nothing."""
    try:
        kinds = sorted(each for each in root.iterdir() if each.is_dir()) if root.exists() else []
        return [found for kind in kinds for path in sorted(kind.iterdir()) if (found := entry(kind.name, path))]
    except OSError as error:
        raise StorageError(f"Cannot read the cache in {root}: {error.strerror}.") from error


def entry(kind: str, path: Path) -> Found | None:
    """What one path is; None for what no cache has written, and for the lock of a folder that is there."""
    try:
        if kind == FOLDER:
            found = pretrained.named(path)
            return Found(kind, found[0], path, found[1], path.stat().st_size, path.stat().st_mtime) if found else None
        made = (path / MANIFEST).stat().st_mtime if (path / MANIFEST).exists() else path.stat().st_mtime
        if path.suffix == ".lock" and path.is_file():
            return None if path.with_suffix("").exists() else Found(kind, path.stem, path, "lock", 0, made)
        if path.is_dir() and path.suffix in (".partial", ".removed"):
            state: State = "partial" if path.suffix == ".partial" else "removed"
            return Found(kind, path.stem, path, state, size(path), made)
        if path.is_dir() and (path / MANIFEST).exists():
            return Found(kind, path.name, path, "complete" if intact(path) else "damaged", size(path), made)
    except FileNotFoundError:  # another process has just finished or removed it
        return None
    return None


def size(folder: Path) -> int:
    return sum(found.st_size for found in stats(folder))


def stats(folder: Path) -> Iterator[os.stat_result]:
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                yield (Path(base) / name).stat()
            except FileNotFoundError:
                continue


def on_disk(root: Path) -> int:
    """Bytes that the cache takes; a file with several names counts once."""
    return sum({(found.st_dev, found.st_ino): found.st_size for found in stats(root)}.values())


@contextmanager
def held(found: Found) -> Iterator[bool]:
    """The lock of a key, or False where another process has it."""
    lock = FileLock(found.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def remove(found: Found) -> int | None:
    """Delete one entry and its lock; gives the bytes that became free, None where another process works on it.

    It vanishes in one step, by being renamed, so that nobody finds half of it.
    """
    with held(found) as mine:
        if not mine:
            return None
        try:
            freed = 0 if found.state == "lock" else taken_away(found)
            # A process that waits for the lock sees that it was deleted, and takes a new one.
            if not found.finished.exists():
                found.lock.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"Cannot delete {found.path}: {error.strerror}.") from error
        return freed


def taken_away(found: Found) -> int:
    """The bytes that became free."""
    if not found.path.exists():
        return 0
    if found.weights:
        freed = found.size if found.path.stat().st_nlink == 1 else 0
        found.path.unlink()
        return freed
    doomed = found.path.with_name(f"{found.key}.removed")
    if found.path != doomed:
        shutil.rmtree(doomed, ignore_errors=True)
        found.path.replace(doomed)
    freed = sum(each.st_size for each in stats(doomed) if each.st_nlink == 1)
    shutil.rmtree(doomed)
    return freed
