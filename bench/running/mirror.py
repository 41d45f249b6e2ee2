"""Checkpoints of a worker: copied out of its scratch folder while it works, and back into it when it resumes."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Mirror:
    """A file or folder of the worker, and where the harness keeps it."""

    inside: Path
    outside: Path
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)  # time and size of what is copied already

    def restore(self) -> None:
        """Give the worker what an earlier one has left."""
        for name, kept in files(self.outside):
            self.inside.parent.mkdir(parents=True, exist_ok=True)
            target = self.inside / name if name else self.inside
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(kept, target)
            self.seen[name] = stamp(target)

    def save(self) -> None:
        """Keep what the worker has written since."""
        for name, made in files(self.inside):
            if self.seen.get(name) == stamp(made):
                continue
            self.seen[name] = stamp(made)
            target = self.outside / name if name else self.outside
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f".{target.name}.{os.getpid()}")
            shutil.copyfile(made, partial, follow_symlinks=False)
            partial.replace(target)


def files(path: Path) -> Iterator[tuple[str, Path]]:
    """Plain files in a folder by name, or the one that the path is; none of those that are being written."""
    if path.is_symlink():
        return
    if path.is_file():
        yield "", path
    elif path.is_dir():
        for file in sorted(path.iterdir()):
            if file.is_file() and not file.is_symlink() and not file.name.startswith("."):
                yield file.name, file


def stamp(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_mtime_ns, found.st_size
