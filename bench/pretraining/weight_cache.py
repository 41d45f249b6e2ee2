"""Weights that have been pre-trained: from the cache, or trained now, all that are missing together."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from filelock import FileLock
from safetensors import SafetensorError

from bench import progress
from bench.errors import BenchError
from bench.pretraining import weight_files
from bench.training import checkpoint
from bench.training.engine import train

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor

    from bench.pretraining.jobs import PretrainingJob
    from bench.training.settings import Settings

    Tensors = dict[str, Tensor]


def pretrained_weights(every: Sequence[PretrainingJob], settings: Settings) -> dict[str, Tensors | BenchError]:
    """By key: the stages' tensors, from the cache or trained now, all together; a failure in their place."""
    if not every:
        return {}
    wanted, folder = {made.key: made for made in every}, every[0].folder
    found: dict[str, Tensors | BenchError] = {key: of_key for key in wanted if (of_key := stored(folder, key))}
    if len(found) == len(wanted):
        return found
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        for key in sorted(wanted.keys() - found.keys()):  # sorted, so that two processes cannot wait for each other
            held.enter_context(FileLock(folder / f".{key}.lock"))
        found |= {key: of_key for key in wanted.keys() - found.keys() if (of_key := stored(folder, key))}
        missing = [key for key in wanted if key not in found]
        members = [replace(wanted[key].fit, checkpoint=kept(folder, key)) for key in missing]
        for place, result in train(members, settings, progress.notify):
            key = missing[place]
            if isinstance(result, BenchError):
                found[key] = result
                continue
            tensors = {name: value for name, value in result.state().items() if ".stages." in name}
            record = {"key": key, **wanted[key].record, "training": result.log}
            checkpoint.write(folder / f"{key}{weight_files.SUFFIX}", tensors, {"record": json.dumps(record)})
            found[key] = tensors
            kept(folder, key).unlink(missing_ok=True)
    return found


def stored(folder: Path, key: str) -> Tensors | None:
    """What has been pre-trained before; a damaged file counts as none."""
    path = folder / f"{key}{weight_files.SUFFIX}"
    try:
        found = checkpoint.read(path)[0] if path.is_file() else None
    except (OSError, SafetensorError):
        return None
    if found:
        kept(folder, key).unlink(missing_ok=True)  # of a process that was killed just before it did
    return found


def kept(folder: Path, key: str) -> Path:
    """Where a training that has not ended keeps its state."""
    return folder / f".{key}.checkpoint"
