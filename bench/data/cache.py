"""The cache: folders named by content keys, written atomically and shared by processes."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from filelock import FileLock

from bench.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MANIFEST = "manifest.json"


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
                    partial = final.parent / f"{key}.partial"
                    for leftover in (partial, final):
                        shutil.rmtree(leftover, ignore_errors=True)
                    partial.mkdir()
                    build(partial)
                    sizes = {
                        file.relative_to(partial).as_posix(): file.stat().st_size
                        for file in sorted(partial.rglob("*"))
                        if file.is_file()
                    }
                    (partial / MANIFEST).write_text(json.dumps(sizes), encoding="utf-8")
                    partial.replace(final)
        except OSError as error:
            raise StorageError(
                f"Cannot write the cache in {self.root} ({error.strerror or error}); free some space there, "
                "or name another folder with --cache or BENCH_CACHE."
            ) from error
        return final


def intact(folder: Path) -> bool:
    """Whether a folder holds every file of its manifest at full size."""
    try:
        sizes = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, TypeError, AttributeError):
        return False
