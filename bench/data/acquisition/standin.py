"""Stand-ins: simulated files in the layout of a real data set, marked as such, complete or absent."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import bench
from bench.api.simulation import Simulator
from bench.errors import DataError, UsageError, unknown
from bench.readers import data_folders
from bench.readers.dataset import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.readers import FileDataset
    from bench.registry import Registry


def write(
    dataset: FileDataset,
    folder: Path,
    registry: Registry,
    *,
    subjects: int,
    seed: int = 0,
    seconds: float | None = None,
    defects: Sequence[str] = (),
) -> Iterator[str]:
    """Write a stand-in beside its place and rename it when it is whole; gives each person's name when it is done."""
    for defect in defects:
        if defect not in dataset.known_defects:
            raise unknown("defect", defect, dataset.known_defects, of=f"'{dataset.name}'")
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty; name another folder with --out, or delete it.")
    wanted = StandIn(subjects, seed, seconds, tuple(defects), simulator(registry).simulate)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        yield from dataset.write_stand_in(partial, wanted)
        told = {"dataset": dataset.name, "made by": f"affectbench {bench.__version__}", "subjects": subjects,
                "seed": seed, "seconds": seconds, "defects": list(defects)}  # fmt: skip
        (partial / data_folders.MARKER).write_text(json.dumps(told, indent=1), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    except OSError as error:
        raise DataError(f"Cannot write the stand-in of '{dataset.name}' to {folder}: {error.strerror}.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def simulator(registry: Registry) -> Simulator:
    """The installed data set whose physiology can be asked for."""
    for name in registry.names("dataset"):
        found = registry.get("dataset", name)
        if "simulator" in found.plugin.tags:
            made = found.load()()
            assert isinstance(made, Simulator)
            return made
    raise UsageError("No installed data set is a simulator (tag 'simulator'); install affectbench with its plugins.")
