"""A data set that lies elsewhere on this machine: a link below the data root that points to its top folder."""

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
class Linked:
    """What a link did."""

    top: Path  # what was found, which is not always the folder that was named
    place: Path  # where it is reached from now on
    new: bool


def link(dataset: FileDataset, folder: Path, *, replace: bool) -> Linked:
    """Make a data set in that folder, or a little above or below it, known."""
    top = top_of(dataset, folder.expanduser())
    place = data_folders.data_root() / dataset.name
    if place.is_symlink():
        before = place.parent / place.readlink()
        if before.resolve() == top:
            return Linked(top, place, new=False)
        if not replace:
            gone = "" if before.exists() else ", which is not there now"
            raise UsageError(f"'{dataset.name}' is linked to {before} already{gone}; --replace links it anew.")
    elif top.is_relative_to(place.resolve()):
        return Linked(top, top, new=False)
    elif place.exists():
        raise UsageError(f"{place} is a folder, not a link; move it away first, since nothing in it is deleted here.")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(f".{place.name}.link")
        partial.unlink(missing_ok=True)
        partial.symlink_to(top, target_is_directory=True)
        partial.replace(place)
    except OSError as error:
        raise StorageError(f"Cannot link {place} to {top}: {error.strerror}.") from error
    return Linked(top, place, new=True)


def top_of(dataset: FileDataset, folder: Path) -> Path:
    """The top folder: the one that was named, one above it, or one below it."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder that can be read.")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise StorageError(f"{folder} cannot be read: Permission denied.")
    named = folder.resolve()
    for candidate in (named, *list(named.parents)[:2], *data_folders.search(named)):
        if data_folders.is_top_folder(candidate, dataset.root_patterns):
            return candidate
    raise UsageError(
        f"{folder} is not '{dataset.name}' ({dataset.card.title}): no {' or '.join(dataset.root_patterns)} in it, "
        "in the folders in it, or in the folder it lies in."
    )
