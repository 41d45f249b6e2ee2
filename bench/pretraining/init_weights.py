"""What a network begins with: pre-trained branches, if they fit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from bench.api import Input, Pretrainable
from bench.errors import BenchError, DataError, TaskError
from bench.options import options_of
from bench.pretraining import weight_files
from bench.pretraining.masked_network import MaskedNetwork
from bench.training import checkpoint
from bench.training.network_fit import InitialWeights, inputs_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bench.cells.cell import Weights
    from bench.pretraining.jobs import PretrainingJob
    from bench.worker.fitting import FitRequest, FitSpec

    Tensors = dict[str, Tensor]


def start(
    spec: FitSpec,
    want: FitRequest,
    branches: Mapping[tuple[str, ...], PretrainingJob],
    found: Mapping[str, Tensors | BenchError],
) -> InitialWeights:
    """What a network begins with, or the error of the pre-training that failed."""
    keys: dict[str, str] = {}
    tensors: Tensors = {}
    for branch, made in branches.items():
        of_key = found[made.key]
        if isinstance(of_key, BenchError):
            raise of_key
        tensors |= of_key
        keys |= dict.fromkeys(branch, made.key)
    for named in spec.before.parts.cell.weights if spec.before else ():
        record, given = opened(named)
        check_rates(named, record, want)
        tensors |= given
        keys |= dict.fromkeys(record["modalities"], record["key"])
    return InitialWeights(keys, tensors)


def differences(record: dict[str, Any], path: Path, model: Pretrainable) -> str:
    """In which options a model differs from the one whose weights these are, if its stages are others; or nothing."""
    ours = checkpoint.described(model.pretraining())
    try:
        theirs = record["model"]["options"]
        inputs = {name: Input(**given) for name, given in record["inputs"].items()}
        with torch.random.fork_rng(devices=()):
            made = {name: value.shape for name, value in MaskedNetwork(model.pretraining(), inputs).named_parameters()}
        given = {name: value.shape for name, value in checkpoint.read(path)[0].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path} does not say in full how its weights were pre-trained.") from error
    if all(given.get(name) == shape for name, shape in made.items() if ".stages." in name):
        return ""
    if record["model"]["class"] != ours["class"]:
        return f"they are of {record['model']['class']}"
    trained_with = options_of(Pretrainable).keys()
    other = [name for name, value in ours["options"].items() if name not in trained_with and theirs.get(name) != value]
    return f"they are of {', '.join(f'model.{name}={theirs.get(name)}' for name in other)}"


def check_rates(named: Weights, record: dict[str, Any], want: FitRequest) -> None:
    """Weights of another rate would see another time."""
    for name, given in inputs_of(want.train).items():
        was = record["inputs"].get(name)
        if was and was["rate"] != given.rate:
            raise TaskError(
                f"The weights in {named.file} were pre-trained on {name} of {was['rate']:g} Hz, and it has "
                f"{given.rate:g} Hz here; a step 'resample({was['rate']:g})' at the end of --preprocess makes them fit."
            )


def opened(named: Weights) -> tuple[dict[str, Any], Tensors]:
    """Record and tensors of a file of weights, which has to be the one that was named."""
    path = Path(named.file)
    record = weight_files.record_of(path)
    if weight_files.sha256_of(path) != named.sha256:
        raise DataError(f"{path} has changed since the run was planned; do the run again.")
    return record, checkpoint.read(path)[0]
