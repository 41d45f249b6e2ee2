"""Modules in folders that a worker may not list, since results or data lie in them as well."""

from __future__ import annotations

import sys
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec

SUFFIXES = (*(f"/__init__{suffix}" for suffix in SOURCE_SUFFIXES), *EXTENSION_SUFFIXES, *SOURCE_SUFFIXES)


class UnlistedFolders:
    """Looks for the files of a module, where Python's own finder would list the folder."""

    @classmethod
    def find_spec(cls, name: str, path: Sequence[str] | None = None, _target: object = None) -> ModuleSpec | None:
        last = name.rpartition(".")[2]
        for folder in sys.path if path is None else path:
            for suffix in SUFFIXES:
                file = Path(f"{folder or '.'}/{last}{suffix}")
                if file.is_file():
                    inside = [str(file.parent)] if file.stem == "__init__" else None
                    return spec_from_file_location(name, file, submodule_search_locations=inside)
        return None


def find_modules_there() -> None:
    """After all other ways to find modules."""
    sys.meta_path.append(UnlistedFolders)
