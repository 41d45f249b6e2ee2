"""Which data sets are on this machine, real or simulated, and how to get the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003 - a field of a dataclass
from typing import TYPE_CHECKING

from bench.errors import BenchError
from bench.readers import data_folders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.readers import FileDataset


@dataclass(frozen=True)
class LocalCopy:
    """Where a data set is on this machine, if it is."""

    name: str
    title: str
    access: str
    folder: Path | None = None  # its top folder
    simulated: bool = False
    link: Path | None = None  # the target of the link in the data root, which may not exist

    @property
    def kind(self) -> str:
        return "absent" if self.folder is None else "stand-in" if self.simulated else "real"


@dataclass(frozen=True)
class Contents:
    """The files of a local copy, listed without reading a recording."""

    subjects: tuple[str, ...] = ()
    files: int = 0
    size: int = 0  # bytes
    missing: tuple[str, ...] = ()  # files that a subject needs
    excluded: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""  # why the files cannot be listed


def find_copy(dataset: FileDataset) -> LocalCopy:
    folder = data_folders.find(dataset.name, dataset.folder_names, dataset.root_patterns)
    link = data_folders.data_root() / dataset.name
    target = link.parent / link.readlink() if link.is_symlink() else None
    simulated = folder is not None and (folder / data_folders.MARKER).exists()
    return LocalCopy(dataset.name, dataset.card.title, dataset.card.access, folder, simulated, target)


def list_contents(dataset: FileDataset) -> Contents:
    try:
        subjects = tuple(dataset.subjects())
        files = sorted({file for subject in subjects for file in dataset.files(subject)})
        excluded = dict(dataset.excluded())
    except BenchError as error:
        return Contents(problem=str(error))
    except OSError as error:
        return Contents(problem=f"{error.filename or dataset.name} cannot be read: {error.strerror}.")
    present = [file for file in files if file.exists()]
    missing = tuple(file.name for file in files if not file.exists())
    return Contents(subjects, len(present), sum(file.stat().st_size for file in present), missing, excluded)


def how_to_get(dataset: FileDataset) -> str:
    """The command that downloads it, or how to request access and link what was received."""
    if dataset.downloads:
        return f"'bench data download {dataset.name}'"
    access = dataset.card.access
    return access if "bench data link" in access else f"{access}; then 'bench data link {dataset.name} FOLDER'"
