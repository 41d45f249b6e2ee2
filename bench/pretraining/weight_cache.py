"""Pre-trained weights from the cache; those that are missing are trained together."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from filelock import FileLock
from safetensors import SafetensorError

from bench import progress
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


def pretrained_weights(jobs: Sequence[PretrainingJob], settings: Settings) -> dict[str, Tensors | Exception]:
    """By key: the tensors of the stages, or the exception that ended the pre-training."""
    if not jobs:
        return {}
    wanted, folder = {job.key: job for job in jobs}, jobs[0].folder
    found: dict[str, Tensors | Exception] = {key: tensors for key in wanted if (tensors := stored(folder, key))}
    if len(found) == len(wanted):
        return found
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as locks:
        for key in sorted(wanted.keys() - found.keys()):  # sorted, so that two processes cannot deadlock
            locks.enter_context(FileLock(folder / f".{key}.lock"))
        found |= {key: tensors for key in wanted.keys() - found.keys() if (tensors := stored(folder, key))}
        missing = [key for key in wanted if key not in found]
        fits = [replace(wanted[key].fit, checkpoint=checkpoint_file(folder, key)) for key in missing]
        for place, result in train(fits, settings, progress.notify):
            key = missing[place]
            if isinstance(result, Exception):
                found[key] = result
                continue
            tensors = {name: value for name, value in result.state().items() if ".stages." in name}
            record = {"key": key, **wanted[key].record, "training": result.log}
            checkpoint.write(folder / f"{key}{weight_files.SUFFIX}", tensors, {"record": json.dumps(record)})
            found[key] = tensors
            checkpoint_file(folder, key).unlink(missing_ok=True)
    return found


def stored(folder: Path, key: str) -> Tensors | None:
    """Weights in the cache; a damaged file counts as missing."""
    path = folder / f"{key}{weight_files.SUFFIX}"
    try:
        found = checkpoint.read(path)[0] if path.is_file() else None
    except (OSError, SafetensorError, ValueError):
        progress.remark(f"The weights {path} are damaged; they are trained again.")
        return None
    if found:  # a process that was killed may have left its checkpoint
        checkpoint_file(folder, key).unlink(missing_ok=True)
    return found


def checkpoint_file(folder: Path, key: str) -> Path:
    """The file for checkpoints."""
    return folder / f".{key}.checkpoint"
