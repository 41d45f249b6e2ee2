"""Pre-trained weights in the cache; those that are missing are trained."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import torch
from filelock import FileLock
from safetensors import SafetensorError

from bench import progress
from bench.pretraining import weight_files
from bench.pretraining.init_weights import Pretrained
from bench.training import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bench.api import Array
    from bench.pretraining.jobs import PretrainingJob

    Made = tuple[Mapping[str, Array], Mapping[str, Any]] | str  # tensors and facts for the record, or what went wrong
    Train = Callable[[Sequence[PretrainingJob], Sequence[Path]], Sequence[Made]]  # with a file for each checkpoint


def pretrained_weights(jobs: Sequence[PretrainingJob], cache: Path, train: Train) -> dict[str, Pretrained]:
    """By key: the tensors of the stages, or what ended the pre-training."""
    wanted, folder = {job.key: job for job in jobs}, cache / weight_files.FOLDER
    found = {key: weights for key in wanted if (weights := stored(folder, key))}
    if len(found) == len(wanted):
        return found
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as locks:
        for key in sorted(wanted.keys() - found.keys()):  # sorted, so that two processes cannot deadlock
            locks.enter_context(FileLock(folder / f".{key}.lock"))
        found |= {key: weights for key in wanted.keys() - found.keys() if (weights := stored(folder, key))}
        missing = [key for key in wanted if key not in found]
        checkpoints = [checkpoint_file(folder, key) for key in missing]
        made = train([wanted[key] for key in missing], checkpoints) if missing else []
        for key, result in zip(missing, made, strict=True):
            if isinstance(result, str):
                found[key] = Pretrained(key, error=result)
                continue
            tensors, facts = result
            record = {"key": key, **wanted[key].record, **facts}
            as_torch = {name: torch.from_numpy(values) for name, values in tensors.items()}
            checkpoint.write(folder / f"{key}{weight_files.SUFFIX}", as_torch, {"record": json.dumps(record)})
            found[key] = Pretrained(key, tensors)
            checkpoint_file(folder, key).unlink(missing_ok=True)
    return found


def stored(folder: Path, key: str) -> Pretrained | None:
    """Weights in the cache; a damaged file counts as missing."""
    path = folder / f"{key}{weight_files.SUFFIX}"
    try:
        found = checkpoint.read(path)[0] if path.is_file() else None
    except (OSError, SafetensorError, ValueError):
        progress.remark(f"The weights {path} are damaged; they are trained again.")
        return None
    if not found:
        return None
    checkpoint_file(folder, key).unlink(missing_ok=True)  # which a process that was killed may have left
    return Pretrained(key, {name: tensor.numpy() for name, tensor in found.items()})


def checkpoint_file(folder: Path, key: str) -> Path:
    """The file for checkpoints."""
    return folder / f".{key}.checkpoint"
