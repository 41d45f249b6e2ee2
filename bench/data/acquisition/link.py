"""Links in the data root to data sets that are elsewhere on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.errors import StorageError, UsageError
from bench.readers import data_folders

if TYPE_CHECKING:
    from pathlib import Path

    from bench.readers import FileDataset


@dataclass(frozen=True)
class Link:
    """A registered copy of a data set."""

    target: Path  # its top folder, which is not always the folder that was named
    path: Path  # where it is found from now on
    new: bool


def link(dataset: FileDataset, folder: Path, *, replace: bool) -> Link:
    """Register the copy of a data set in that folder, or slightly above or below it."""
    target = find_top_folder(dataset, folder.expanduser())
    path = data_folders.data_root() / dataset.name
    if path.is_symlink():
        current = path.parent / path.readlink()
        if current.resolve() == target:
            return Link(target, path, new=False)
        if not replace:
            gone = "" if current.exists() else ", which does not exist"
            raise UsageError(f"'{dataset.name}' is already linked to {current}{gone}; --replace changes the link.")
    elif target.is_relative_to(path.resolve()):
        return Link(target, target, new=False)
    elif path.exists():
        raise UsageError(f"{path} is a folder, not a link; move it away first, since this command deletes no data.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.link")
        partial.unlink(missing_ok=True)
        partial.symlink_to(target, target_is_directory=True)
        partial.replace(path)
    except OSError as error:
        raise StorageError(f"Cannot link {path} to {target}: {error.strerror}.") from error
    return Link(target, path, new=True)


def find_top_folder(dataset: FileDataset, folder: Path) -> Path:
    """The folder itself, its parent or grandparent, or one up to two levels below."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder, or cannot be read.")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise StorageError(f"{folder} cannot be read: Permission denied.")
    resolved = folder.resolve()
    for candidate in (resolved, *list(resolved.parents)[:2], *data_folders.search(resolved)):
        if data_folders.is_top_folder(candidate, dataset.root_patterns):
            return candidate
    raise UsageError(
        f"{folder} does not contain '{dataset.name}' ({dataset.card.title}): there is no "
        f"{' or '.join(dataset.root_patterns)} in it, in its subfolders or in its parent folder."
    )
