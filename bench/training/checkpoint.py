"""The state of a member while it trains, in a file that a later run goes on from."""

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

from bench import __version__
from bench.errors import StorageError
from bench.options import values_of
from bench.training.device_signals import parts_of

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
    """Where a member was: all numbers that its further training depends on."""

    tensors: dict[str, Tensor]  # network.<name>, optimiser.<moment>, best.<name>
    phase: int = 0
    losses: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    phases: list[dict[str, Any]] = field(default_factory=list)  # the logs of those that have ended

    def part(self, name: str) -> dict[str, Tensor]:
        """`part("network")`: the tensors of one part by their own names."""
        prefix = f"{name}."
        return {key.removeprefix(prefix): tensor for key, tensor in self.tensors.items() if key.startswith(prefix)}

    def save(self, path: Path, fingerprint: str) -> None:
        """Write it whole or not at all."""
        told = {"phase": self.phase, "losses": self.losses, "validation": self.validation, "phases": self.phases}
        write(path, self.tensors, {"fingerprint": fingerprint, "progress": json.dumps(told)})

    @classmethod
    def load(cls, path: Path | None, fingerprint: str) -> Checkpoint | None:
        """What is there and belongs to this member; a file of anything else, or a damaged one, counts as none."""
        if path is None or not path.is_file():
            return None
        try:
            tensors, metadata = read(path)
            if metadata.get("fingerprint") != fingerprint:
                return None
            return cls(tensors, **json.loads(metadata["progress"]))
        except (OSError, SafetensorError, ValueError, KeyError, TypeError):
            return None


def write(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """A safetensors file under its name only once it is complete."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        apart = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
        unfinished.write_bytes(save(apart, metadata))
        unfinished.replace(path)
    except (OSError, SafetensorError) as error:
        unfinished.unlink(missing_ok=True)
        raise StorageError(f"{path} cannot be written ({error}).") from error


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the texts of a safetensors file."""
    with safe_open(path, "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118


def fingerprint(member: NetworkFit, settings: Settings) -> str:
    """Changes with everything that a member's numbers depend on."""
    told = {
        "model": described(member.model),
        "fusion": described(member.fusion),
        "inputs": {name: [given.channels, given.samples, given.rate] for name, given in member.inputs.items()},
        "classes": member.train.classes,
        "seed": member.seed,
        "start": dict(member.start.keys),
        "data": [digest(part) for part in (member.train, member.validation) if part is not None],
        "engine": [settings.device, settings.precision, settings.stacked, settings.compile],
        "versions": [__version__, torch.__version__],
    }
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()


def digest(windows: LabelledWindowSet) -> str:
    """Which windows there are: their labels, where they begin, and how they are scaled."""
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


def described(plugin: Configurable) -> Mapping[str, Any]:
    """A plugin and its options as plain values."""
    return {"class": f"{type(plugin).__module__}.{type(plugin).__qualname__}", "options": values_of(plugin)}
