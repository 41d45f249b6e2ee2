"""What runs on a machine of the cluster."""

from __future__ import annotations

import contextlib
import os
import platform
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.api import Parcel


@dataclass(frozen=True)
class Begun:
    """Where parcels run."""

    machine: str
    host: str


@dataclass(frozen=True)
class Refusal:
    """Why a machine cannot run tasks."""

    machine: str
    reason: str


def run_parcels(parcels: Sequence[Parcel], inputs: Mapping[str, Any], cache: str) -> Iterator[Begun | bytes | Refusal]:
    """Where it is, and what each parcel returns; the first refusal ends it. `inputs` are objects of Ray."""
    import ray

    machine = ray.get_runtime_context().get_node_id()
    yield Begun(machine, platform.node())
    folder = cache_folder(cache)
    for parcel in parcels:
        try:
            content = parcel(lambda name: bytes(ray.get(inputs[name])), folder)
        except BenchError as error:
            yield Refusal(machine, str(error))
            return
        yield content


def cache_folder(named: str) -> Path:
    """The folder of prepared data: as it is named, that of BENCH_CACHE, or one that only this user can enter."""
    chosen = named or os.environ.get("BENCH_CACHE", "")
    if chosen:
        return Path(chosen).expanduser()
    folder = Path(tempfile.gettempdir()) / f"affectbench-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()  # not of what a link of another user leads to
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise BenchError(f"{folder} is not a folder of this user; name one with -o ray.cache=FOLDER.")
    return folder
