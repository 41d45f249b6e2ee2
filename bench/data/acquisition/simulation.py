"""Stand-ins: simulated files in the layout of a real data set, marked as simulated, complete or absent."""

from __future__ import annotations

import contextlib
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
    variants: Sequence[str] = (),
) -> Iterator[str]:
    """Write a stand-in next to its folder and rename it when it is complete; yields the name of each subject."""
    if not dataset.has_stand_in:
        raise DataError(f"There is no stand-in for '{dataset.name}': implement write_stand_in() in the plugin.")
    for variant in variants:
        if variant not in dataset.variants:
            raise unknown("variant", variant, dataset.variants, of=f"'{dataset.name}'")
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty; name another folder with --out, or delete it.")
    spec = StandIn(subjects, seed, seconds, tuple(variants), simulator(registry).simulate)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        yield from dataset.write_stand_in(partial, spec)
        marker = {"dataset": dataset.name, "made by": f"affectbench {bench.__version__}", "subjects": subjects,
                  "seed": seed, "seconds": seconds, "variants": list(variants)}  # fmt: skip
        (partial / data_folders.MARKER).write_text(json.dumps(marker, indent=1), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    except OSError as error:
        raise DataError(f"Cannot write the stand-in of '{dataset.name}' to {folder}: {error.strerror}.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if folder.parent.name == data_folders.SIMULATED:
            with contextlib.suppress(OSError):  # it has other stand-ins
                folder.parent.rmdir()


def simulator(registry: Registry) -> Simulator:
    """The installed data set that can simulate signals."""
    for name in registry.names("dataset"):
        entry = registry.get("dataset", name)
        if "simulator" in entry.plugin.tags:
            dataset = entry.load()()
            assert isinstance(dataset, Simulator)
            return dataset
    raise UsageError("No installed data set is a simulator (tag 'simulator'); install affectbench with its plugins.")
