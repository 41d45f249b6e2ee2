"""What comes back from another machine: results and files, as one archive that is read without executing anything."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from bench.api import TaskInfo
from bench.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INDEX, STORE, PRETRAINED = "index.json", "store/", "pretrained/"


@dataclass(frozen=True)
class Delivery:
    """Results of tasks with their files, and what the user should know."""

    results: Sequence[TaskInfo]
    files: Mapping[str, bytes]  # by path below the store
    pretrained: Mapping[str, bytes]  # by name in the cache
    remarks: Sequence[str] = ()

    def to_bytes(self) -> bytes:
        content = io.BytesIO()
        index = {"results": [asdict(result) for result in self.results], "remarks": list(self.remarks)}
        named = {**under(STORE, self.files), **under(PRETRAINED, self.pretrained)}
        with zipfile.ZipFile(content, "w") as archive:
            for name, file in {INDEX: json.dumps(index).encode(), **named}.items():
                archive.writestr(name, file)
        return content.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Delivery:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                files = {name: archive.read(name) for name in archive.namelist()}
            index = json.loads(files.pop(INDEX))
            results = [TaskInfo(**{**result, "lost": tuple(result["lost"])}) for result in index["results"]]
            return cls(results, below(STORE, files), below(PRETRAINED, files), list(map(str, index["remarks"])))
        except (zipfile.BadZipFile, ValueError, KeyError, TypeError) as error:
            raise StorageError(f"Results have arrived damaged ({error}); run the tasks again.") from error


def under(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {folder + name: content for name, content in files.items()}


def below(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name.removeprefix(folder): content for name, content in files.items() if name.startswith(folder)}
