"""Initial weights of a network: pre-trained branches, where they fit."""

from __future__ import annotations

import math
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from bench.api import InputSpec, Pretrainable
from bench.errors import DataError, TaskError
from bench.foreign.standins import SHAPES, Standin, asker
from bench.options import options_of
from bench.pretraining import weight_files
from bench.pretraining.masked_network import MaskedNetwork
from bench.readers.file_checks import printable
from bench.training import checkpoint
from bench.training.network_fit import InitialWeights, inputs_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from bench.api import Array
    from bench.cells.cell import Weights
    from bench.data.windows import LabelledWindowSet

    Tensors = dict[str, Tensor]

MAX_CHANNELS, MAX_SAMPLES = 1024, 10**6  # of an input in a file of weights


@dataclass(frozen=True)
class Pretrained:
    """The weights of a branch and their key, or why there are none."""

    key: str = ""
    tensors: Mapping[str, Array] = field(default_factory=dict)
    error: str = ""


def initial_weights(
    train: LabelledWindowSet, pretrained: Mapping[tuple[str, ...], Pretrained], files: Sequence[Weights]
) -> InitialWeights:
    """The weights that a network starts from, or the error that ended its pre-training."""
    keys: dict[str, str] = {}
    tensors: Tensors = {}
    for branch, found in pretrained.items():
        if found.error:
            raise TaskError(found.error)
        tensors |= {name: torch.from_numpy(values) for name, values in found.tensors.items()}
        keys |= dict.fromkeys(branch, found.key)
    for file in files:
        record, loaded = read_weights(file)
        check_rates(file, record, train)
        tensors |= loaded
        keys |= dict.fromkeys(record["modalities"], record["key"])
    return InitialWeights(keys, tensors)


def differences(record: dict[str, Any], path: Path, model: Pretrainable) -> str:
    """In which options a model differs from the one whose weights these are, if its stages are others; or nothing."""
    ours = checkpoint.describe(model.pretraining())
    try:
        name_of_theirs, theirs = record["model"]["class"], dict(record["model"]["options"])
        inputs = {name: checked(InputSpec(**given)) for name, given in record["inputs"].items()}
        made = shapes_of(model.pretraining(), inputs)
        given = {name: tuple(value.shape) for name, value in checkpoint.read(path)[0].items()}
    except (KeyError, TypeError, AttributeError, ValueError, RuntimeError, ArithmeticError) as error:
        raise DataError(f"{path} does not say in full how its weights were pre-trained.") from error
    if all(given.get(name) == shape for name, shape in made.items() if ".stages." in name):
        return ""
    if name_of_theirs != ours["class"]:
        return f"they are of {printable(str(name_of_theirs))}"
    trained_with = options_of(Pretrainable).keys()
    other = [name for name, value in ours["options"].items() if name not in trained_with and theirs.get(name) != value]
    return "they are of " + ", ".join(f"model.{name}={printable(str(theirs.get(name)))}" for name in other)


def shapes_of(model: Pretrainable, inputs: Mapping[str, InputSpec]) -> Mapping[str, tuple[int, ...]]:
    """The shapes of the weights of a network that is pre-trained on these inputs."""
    if isinstance(model, Standin):
        found: Mapping[str, tuple[int, ...]] = asker().call(model, SHAPES, (dict(inputs),))
        return found
    with torch.random.fork_rng(devices=()):
        return {name: tuple(value.shape) for name, value in MaskedNetwork(model, inputs).named_parameters()}


def checked(spec: InputSpec) -> InputSpec:
    """The shape of an input, if a network for it is not too large to be built."""
    counts = ((spec.channels, MAX_CHANNELS), (spec.samples, MAX_SAMPLES))
    if not all(type(count) is int and 0 < count <= limit for count, limit in counts):
        raise ValueError(spec)
    if type(spec.rate) not in (int, float) or not 0 < spec.rate < math.inf or type(spec.vector) is not bool:
        raise ValueError(spec)
    return spec


def check_rates(named: Weights, record: dict[str, Any], train: LabelledWindowSet) -> None:
    """Refuse weights that were pre-trained at another sampling rate."""
    for name, given in inputs_of(train).items():
        was = record["inputs"].get(name)
        if was and was["rate"] != given.rate:
            raise TaskError(
                f"The weights in {named.file} were pre-trained on {name} of {was['rate']:g} Hz, and it has "
                f"{given.rate:g} Hz here; a step 'resample({was['rate']:g})' at the end of --preprocess makes them fit."
            )


def read_weights(named: Weights) -> tuple[dict[str, Any], Tensors]:
    """Record and tensors of a file, which must be the one that the run was planned with."""
    path = Path(named.file)
    record = weight_files.record_of(path)
    if weight_files.sha256_of(path) != named.sha256:
        raise DataError(f"{path} has changed since the run was planned; do the run again.")
    return record, checkpoint.read(path)[0]
