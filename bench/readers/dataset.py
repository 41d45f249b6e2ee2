"""A data set that lies in files: where it is, whether it is a stand-in, and what changes when a file does."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from bench.api import Dataset
from bench.errors import DataError
from bench.readers import digests, places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.api.simulation import Simulate


@dataclass(frozen=True)
class Download:
    """One file on the network."""

    file: str  # its path below the folder of the data set
    urls: tuple[str, ...]  # the first that answers is used
    sha256: str = ""  # empty where the owners publish none
    size: int = 0  # bytes; 0 where unknown
    unpack: bool = False  # an archive that is unpacked beside itself


@dataclass(frozen=True)
class StandIn:
    """What a simulated copy of a data set is to hold."""

    subjects: int
    seed: int
    seconds: float | None  # how long a person, or a trial, is recorded; None: what the data set says in its docstring
    defects: tuple[str, ...]  # names from `FileDataset.known_defects`
    simulate: Simulate


class FileDataset(Dataset):
    """A data set in files. A plugin says how its folder is recognised, and which files belong to a person."""

    name: ClassVar[str]  # what people type, and its folder below the data root
    folders: ClassVar[tuple[str, ...]] = ()  # names that its unpacked folder has elsewhere: "WESAD"
    marks: ClassVar[tuple[str, ...]]  # patterns of files, one of which tells its top folder: "S*/S*.pkl"
    downloads: ClassVar[Sequence[Download]] = ()  # empty where it has to be asked for
    only_labels: ClassVar[tuple[str, ...]] = ()  # options that `load` does not look at: how ratings become classes
    known_defects: ClassVar[Mapping[str, str]] = {}  # what a stand-in can have on request: name -> in words

    @cached_property
    def folder(self) -> Path:
        """Its top folder on this machine."""
        found = places.find(self.name, self.folders, self.marks)
        if found is None:
            raise DataError(self.missing())
        return found

    def missing(self) -> str:
        """Where it was looked for, how to get it, and how to try without."""
        closed = [place for place in places.places(self.name, self.folders) if places.is_closed(place)]
        if closed:
            return (
                f"The data set '{self.name}' cannot be looked for in {closed[0]}: this user may not read that folder."
            )
        looked = ", ".join(str(place) for place in places.places(self.name, self.folders))
        get = f"'bench data download {self.name}'" if self.downloads else f"ask for it ({self.card.access})"
        return (
            f"The data set '{self.name}' is not on this machine: no {' or '.join(self.marks)} in {looked} "
            f"or the folders in them. To get it: {get}. If you have it: 'bench data link {self.name} FOLDER'. "
            f"To try without it: 'bench data simulate {self.name}'."
        )

    @property
    def simulated(self) -> bool:
        """Whether the folder is a stand-in, which its marker file tells."""
        found = places.find(self.name, self.folders, self.marks)
        return found is not None and (found / places.MARKER).exists()

    @property
    def remark(self) -> str:
        """The defects that a stand-in was given on request: its marker file names them."""
        given = places.given(self.folder) if self.simulated else []
        return f"a stand-in that was given a defect: {', '.join(given)}" if given else ""

    @abstractmethod
    def files(self, subject: str) -> Sequence[Path]:
        """Every file that loading this person reads, those shared by all people included."""

    def stimulus_files(self) -> Sequence[Path]:
        """Every file that `stimulus_vectors` reads."""
        return ()

    def digest(self) -> str:
        """Of the contents of all files, wherever they lie."""
        return self.digest_of(self.subjects(), self.stimulus_files())

    def digest_of(self, subjects: Sequence[str], others: Sequence[Path] = ()) -> str:
        """Of the files of these people, and of others."""
        total = hashlib.sha256(f"simulated: {self.simulated}\n".encode())
        for file in sorted({*others, *(file for subject in subjects for file in self.files(subject))}):
            total.update(f"{file.relative_to(self.folder).as_posix()} {digests.content(file)}\n".encode())
        return total.hexdigest()

    def write_stand_in(self, folder: Path, wanted: StandIn) -> Iterator[str]:
        """Write simulated files in the exact layout of the real ones; gives each person's name when it is done."""
        raise DataError(f"There is no stand-in for '{self.name}'.")
