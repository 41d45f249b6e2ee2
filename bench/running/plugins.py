"""The plugins of a work, as its worker needs them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.code.dependencies import specification
from bench.options import files_of
from bench.worker import confinement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.worker.fold import FoldJob


@dataclass(frozen=True)
class Plugins:
    """The plugins of a work, and what they may touch beside the installation."""

    modules: tuple[str, ...]
    networks: bool = False  # whether they need torch
    files: tuple[str, ...] = ()  # that they may read
    like: FoldJob | None = None  # a fold whose shapes a rehearsal takes
    labels: bool = True  # whether the work has labels; without, code that numba compiles is kept for later

    @classmethod
    def of(cls, plugins: Sequence[Any], **more: Any) -> Plugins:
        named = [str(file) for plugin in plugins for file in files_of(plugin).values()]
        files = (*more.pop("files", ()), *named)
        return cls(tuple(sorted({type(plugin).__module__ for plugin in plugins})), files=files, **more)

    @property
    def packages(self) -> list[str]:
        return sorted({name.partition(".")[0] for name in self.modules})

    @property
    def compiled(self) -> tuple[str, ...]:
        """The folders beside the modules in which numba keeps what it compiles."""
        if self.labels:
            return ()
        found = [Path(folder) for package in self.packages for folder in confinement.folders_of(package)]
        return tuple(str(path.resolve()) for folder in found for path in sorted(folder.rglob("__pycache__")))


def version_of(module: str) -> int:
    """When the file of a module was last changed."""
    found = specification(module)
    return Path(found.origin).stat().st_mtime_ns if found and found.has_location and found.origin else 0
