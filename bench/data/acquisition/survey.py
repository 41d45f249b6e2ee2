"""Which data sets are on this machine, real or simulated, and how to get those that are not."""

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
class Holding:
    """What there is of one data set."""

    name: str
    title: str
    access: str
    folder: Path | None = None  # its top folder
    simulated: bool = False
    link: Path | None = None  # what the link below the data root points to, there or not

    @property
    def kind(self) -> str:
        return "absent" if self.folder is None else "stand-in" if self.simulated else "real"


@dataclass(frozen=True)
class Details:
    """What one look at the files of a data set tells, without reading any recording."""

    people: tuple[str, ...] = ()
    files: int = 0
    size: int = 0  # bytes
    missing: tuple[str, ...] = ()  # files that a person needs
    excluded: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""


def holding(dataset: FileDataset) -> Holding:
    """Where it is, if it is."""
    found = data_folders.find(dataset.name, dataset.folder_names, dataset.root_patterns)
    place = data_folders.data_root() / dataset.name
    link = place.parent / place.readlink() if place.is_symlink() else None
    simulated = found is not None and (found / data_folders.MARKER).exists()
    return Holding(dataset.name, dataset.card.title, dataset.card.access, found, simulated, link)


def details(dataset: FileDataset) -> Details:
    """People and files; what cannot be told is a problem in words."""
    try:
        people = tuple(dataset.subjects())
        files = sorted({file for subject in people for file in dataset.files(subject)})
        excluded = dict(dataset.excluded())
    except BenchError as error:
        return Details(problem=str(error))
    except OSError as error:
        return Details(problem=f"{error.filename or dataset.name} cannot be read: {error.strerror}.")
    there = [file for file in files if file.exists()]
    missing = tuple(file.name for file in files if not file.exists())
    return Details(people, len(there), sum(file.stat().st_size for file in there), missing, excluded)


def how(dataset: FileDataset) -> str:
    """What to type, or what to do first."""
    if dataset.downloads:
        return f"'bench data download {dataset.name}'"
    access = dataset.card.access
    return access if "bench data link" in access else f"{access}; then 'bench data link {dataset.name} FOLDER'"
