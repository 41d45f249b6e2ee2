"""A data set in files: where it is, whether it is a simulated stand-in, and a digest of its files."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from bench.api import Dataset
from bench.errors import DataError
from bench.readers import data_folders
from bench.readers.file_digests import file_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.api.simulation import Simulate


@dataclass(frozen=True)
class Download:
    """One file on the network."""

    file: str  # its path below the folder of the data set
    urls: tuple[str, ...]  # tried in this order
    sha256: str = ""  # empty where the owners publish none
    size: int = 0  # bytes; 0 where unknown
    unpack: bool = False  # whether it is an archive to be unpacked next to itself


@dataclass(frozen=True)
class StandIn:
    """What to simulate: the argument of `FileDataset.write_stand_in`."""

    subjects: int
    seed: int
    seconds: float | None  # length of a recording, or of a trial; None: the default of the data set
    variants: tuple[str, ...]  # names from `FileDataset.variants`
    simulate: Simulate


def listed_downloads(sums: Path, home: str) -> tuple[Download, ...]:
    """The files of a list of SHA-256 sums, such as PhysioNet publishes, which are below one address."""
    pairs = (line.split(maxsplit=1) for line in sums.read_text(encoding="utf-8").splitlines())
    return tuple(Download(file, (home + file,), sha256) for sha256, file in pairs)


class FileDataset(Dataset):
    """A data set in files. A plugin declares how its folder is recognised, and which files belong to a subject."""

    name: ClassVar[str]  # as on the command line; also its folder in the data root
    folder_names: ClassVar[tuple[str, ...]] = ()  # other names of its unpacked folder, such as "WESAD"
    root_patterns: ClassVar[tuple[str, ...]]  # a folder with a matching file is the top folder: "S*/S*.pkl"
    downloads: ClassVar[Sequence[Download]] = ()  # empty where access has to be requested
    label_options: ClassVar[tuple[str, ...]] = ()  # options that `load` does not use: how ratings become classes
    variants: ClassVar[Mapping[str, str]] = {}  # what `bench data simulate --variant` can change: name -> description

    @cached_property
    def folder(self) -> Path:
        """Its top folder on this machine."""
        folder = self._find()
        if folder is None:
            raise DataError(self.not_found())
        return folder

    def not_found(self) -> str:
        """The error message where it is not on this machine."""
        searched = data_folders.candidates(self.name, self.folder_names)
        if forbidden := [folder for folder in searched if data_folders.is_forbidden(folder)]:
            return (
                f"The data set '{self.name}' cannot be searched for in {forbidden[0]}: this user may not read that "
                "folder."
            )
        access = f"'bench data download {self.name}'" if self.downloads else self.card.access
        return (
            f"The data set '{self.name}' is not on this machine: no {' or '.join(self.root_patterns)} in "
            f"{', '.join(map(str, searched))} or their subfolders. How to get it: {access}. If you have it: "
            f"'bench data link {self.name} FOLDER'."
            + (f" To try it without data: 'bench data simulate {self.name}'." if self.has_stand_in else "")
        )

    def require_file(self, path: Path) -> Path:
        """The path; raises if there is no file."""
        if not path.is_file():
            or_download = f", or run 'bench data download {self.name}'" if self.downloads else ""
            raise DataError(f"{path} is missing; copy the data set again{or_download}.")
        return path

    @property
    def simulated(self) -> bool:
        """Whether its folder is a stand-in, which has a marker file."""
        folder = self._find()
        return folder is not None and (folder / data_folders.MARKER).exists()

    @property
    def remark(self) -> str:
        """The variants of a stand-in, which change what can be learnt from it."""
        variants = data_folders.read_variants(self.folder) if self.simulated else []
        return f"stand-in simulated with {', '.join(variants)}" if variants else ""

    @abstractmethod
    def files(self, subject: str) -> Sequence[Path]:
        """Every file that `load` reads for this subject, including files that all subjects share."""

    def stimulus_files(self) -> Sequence[Path]:
        """Every file that `stimulus_vectors` reads."""
        return ()

    def digest(self) -> str:
        """Digest of the contents of all files; their location does not matter."""
        return self.digest_of(self.subjects(), self.stimulus_files())

    def digest_of(self, subjects: Sequence[str], others: Sequence[Path] = ()) -> str:
        """Digest of the files of these subjects, and of other files."""
        total = hashlib.sha256(f"simulated: {self.simulated}\n".encode())
        for file in sorted({*others, *(file for subject in subjects for file in self.files(subject))}):
            total.update(f"{file.relative_to(self.folder).as_posix()} {file_digest(file)}\n".encode())
        return total.hexdigest()

    @property
    def has_stand_in(self) -> bool:
        """Whether `bench data simulate` can write a stand-in, which needs `write_stand_in`."""
        return type(self).write_stand_in is not FileDataset.write_stand_in

    def write_stand_in(self, folder: Path, spec: StandIn) -> Iterator[str]:
        """Write simulated files in the layout of the real ones; yields the name of each subject when it is done."""
        raise NotImplementedError  # `has_stand_in` is false

    def _find(self) -> Path | None:
        return data_folders.find(self.name, self.folder_names, self.root_patterns)
