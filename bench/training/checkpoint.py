"""Checkpoints: the state of a network in training, in a file that a later run resumes from."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from bench import __version__, progress
from bench.errors import StorageError
from bench.options import values_of
from bench.training.device_signals import parts_of
from bench.training.file_digest import BLANK, DAMAGED, NAME, intact, with_digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    from bench.api import Configurable
    from bench.data.windows import LabelledWindowSet
    from bench.training.network_fit import NetworkFit
    from bench.training.settings import Settings


@dataclass
class Checkpoint:
    """Everything that further training depends on."""

    tensors: dict[str, Tensor]  # network.<name>, optimiser.<moment>, best.<name>
    phase: int = 0
    losses: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    phases: list[dict[str, Any]] = field(default_factory=list)  # the logs of finished phases

    def part(self, name: str) -> dict[str, Tensor]:
        """`part("network")`: the tensors of one part by their own names."""
        prefix = f"{name}."
        return {key.removeprefix(prefix): tensor for key, tensor in self.tensors.items() if key.startswith(prefix)}

    def save(self, path: Path, fingerprint: str) -> None:
        """Write the file atomically."""
        done = {"phase": self.phase, "losses": self.losses, "validation": self.validation, "phases": self.phases}
        write(path, self.tensors, {"fingerprint": fingerprint, "progress": json.dumps(done)})

    @classmethod
    def load(cls, path: Path | None, fingerprint: str) -> Checkpoint | None:
        """The checkpoint in the file, or None if it is missing, damaged or of another network."""
        if path is None or not path.is_file():
            return None
        try:
            tensors, metadata = read(path)
            if metadata.get("fingerprint") != fingerprint:
                return None
            return cls(tensors, **json.loads(metadata["progress"]))
        except (OSError, SafetensorError, ValueError, KeyError, TypeError):
            progress.remark(f"The checkpoint {path} is damaged; the network is trained from the start.")
            return None


def write(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write a safetensors file with its digest, and rename it once it is complete."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        apart = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
        unfinished.write_bytes(with_digest(save(apart, {**metadata, NAME: BLANK})))
        unfinished.replace(path)
    except (OSError, SafetensorError) as error:
        unfinished.unlink(missing_ok=True)
        raise StorageError(f"{path} cannot be written ({error}).") from error


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of a safetensors file; ValueError if its bytes have another digest."""
    with safe_open(path, "pt") as file:
        tensors, metadata = {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    if not intact(path.read_bytes(), metadata.pop(NAME, None)):
        raise ValueError(DAMAGED)
    return tensors, metadata


def fingerprint(fit: NetworkFit, settings: Settings) -> str:
    """A digest of everything that the training of a network depends on."""
    values = {
        "model": describe(fit.model),
        "fusion": describe(fit.fusion),
        "inputs": {name: [given.channels, given.samples, given.rate] for name, given in fit.inputs.items()},
        "classes": fit.train.classes,
        "seed": fit.seed,
        "start": dict(fit.start.keys),
        "data": [digest(part) for part in (fit.train, fit.validation) if part is not None],
        "engine": [settings.device, settings.precision, settings.stacked, settings.compile, settings.deterministic],
        "versions": [__version__, torch.__version__],
    }
    return hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()


def digest(windows: LabelledWindowSet) -> str:
    """A digest of windows: labels, positions and scales."""
    found = hashlib.sha256(np.ascontiguousarray(windows.labels).tobytes())
    for part in parts_of(windows):
        lengths = [(number, *array.shape) for number, array in part.signals.items()]
        for values in (
            part.recording,
            part.start,
            np.array(lengths),
            np.array(0.0 if part.scale is None else part.scale),
        ):
            found.update(np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


def describe(plugin: Configurable) -> Mapping[str, Any]:
    """The class of a plugin and its options."""
    return {"class": f"{type(plugin).__module__}.{type(plugin).__qualname__}", "options": values_of(plugin)}
