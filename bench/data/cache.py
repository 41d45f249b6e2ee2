"""The cache: folders named by content keys, written atomically, shared by processes, and verified before use."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock

from bench import progress
from bench.data.parallel import ahead, cores
from bench.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class State:
    """What shows that a folder is still the one that was verified."""

    manifest: str
    files: list[tuple[int, int]]  # inode and modification time of each


_verified: dict[Path, State] = {}  # folders whose content this process has compared with the digests in their manifest


class Cache:
    """Folders by kind and key."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, kind: str, key: str, build: Callable[[Path], None]) -> Path:
        """The folder of a key. If it is missing or damaged, `build` fills a temporary folder, which is then renamed."""
        final = self.root / kind / key
        if intact(final):
            return final
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(final.parent / f"{key}.lock"):
                if not intact(final):
                    if final.exists():
                        progress.remark(f"{final} is damaged or of an older version; it is built again.")
                    partial = final.parent / f"{key}.partial"
                    for leftover in (partial, final):
                        shutil.rmtree(leftover, ignore_errors=True)
                    partial.mkdir()
                    build(partial)
                    (partial / MANIFEST).write_text(json.dumps(contents(partial)), encoding="utf-8")
                    partial.replace(final)
                    if state := read(final):
                        _verified[final.absolute()] = state
        except OSError as error:
            raise StorageError(
                f"Cannot write the cache in {self.root} ({error.strerror or error}); free some space there, "
                "or name another folder with --cache or BENCH_CACHE."
            ) from error
        return final


def complete(folder: Path) -> bool:
    """Whether a folder holds exactly the files of its manifest, at full size. Their content is not read."""
    try:
        return read(folder) is not None
    except (OSError, ValueError, TypeError, AttributeError):
        return False


def intact(folder: Path) -> bool:
    """Whether a folder holds exactly the files of its manifest, with the content that was written.

    A process reads the content once. It does so again only if a file was replaced or written meanwhile.
    """
    try:
        found = read(folder)
        if found is None:
            return False
        if _verified.get(folder.absolute()) != found:
            digests = {name: digest for name, (_, digest) in json.loads(found.manifest).items()}
            same = ahead(lambda name: sha256(folder / name) == digests[name], digests, cores())
            if not all(same):
                return False
            _verified[folder.absolute()] = found
    except (OSError, ValueError, TypeError, AttributeError):
        return False
    return True


def read(folder: Path) -> State | None:
    """Manifest and files of a folder; None where names or sizes disagree."""
    text = (folder / MANIFEST).read_text(encoding="utf-8")
    files = {path: path.stat() for path in sorted(folder.rglob("*")) if path.is_file() and path != folder / MANIFEST}
    sizes = {path.relative_to(folder).as_posix(): status.st_size for path, status in files.items()}
    if {name: size for name, (size, _) in json.loads(text).items()} != sizes:
        return None
    return State(text, [(status.st_ino, status.st_mtime_ns) for status in files.values()])


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    """The manifest of a folder: file -> size and digest."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    digests = ahead(sha256, paths, cores())
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, digest)
        for path, digest in zip(paths, digests, strict=True)
    }


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
