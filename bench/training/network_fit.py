"""The specification of one network to train."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch

from bench.api import InputSpec, Staged
from bench.errors import TaskError
from bench.options import options_of, values_of
from bench.training.batches import validation_losses
from bench.training.networks.network import Network, Trainable, plan
from bench.training.predictor import attention_summary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    from bench.api import Fusion, Phase
    from bench.data.windows import LabelledWindowSet, WindowSet
    from bench.training.device_signals import DeviceSignals
    from bench.training.networks.network import Tensors

#: options that change how a network is trained, but not its shape
FREE = frozenset(options_of(Staged)) - {"batch", "optimiser"}


@dataclass(frozen=True, eq=False)
class InitialWeights:
    """Pre-trained tensors by name, and the pre-training that each branch comes from."""

    keys: Mapping[str, str] = field(default_factory=dict)
    tensors: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class NetworkFit:
    """One network: model and fusion, training and validation windows, and seed."""

    model: Staged
    fusion: Fusion  # without exchange and join, branches are concatenated
    train: LabelledWindowSet
    validation: LabelledWindowSet | None
    seed: int
    checkpoint: Path | None = None  # the file for checkpoints
    start: InitialWeights = field(default_factory=InitialWeights)
    until: float = 1.0  # the share of all steps after which it pauses; from its checkpoint it goes on

    @cached_property
    def inputs(self) -> dict[str, InputSpec]:
        return inputs_of(self.train)

    @property
    def classes(self) -> int:
        return len(self.train.classes)

    @property
    def validates_each_epoch(self) -> bool:
        """Whether the validation loss is computed after each epoch even where nothing depends on it."""
        return False

    @cached_property
    def plan(self) -> tuple[Phase, ...]:
        """The phases of training."""
        return plan(self.model, self.fusion, tuple(self.inputs))

    def windows(self, phase: Phase) -> LabelledWindowSet:
        """The windows that a phase trains on."""
        if not phase.on_validation:
            return self.train
        if self.validation is None or not len(self.validation):
            raise TaskError(f"Nothing could be held out inside the training part for the phase '{phase.name}'.")
        return self.validation

    def network(self) -> Trainable:
        """The network with initial weights, drawn on the CPU from the seed alone. Not thread-safe."""
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(self.seed)
            network = self.build()
        load_initial_weights(network, self.start.tensors)
        return network

    def build(self) -> Trainable:
        """The network with random weights."""
        return Network(self.model, self.fusion, self.inputs, self.classes)

    def validate(self, network: Trainable, signals: DeviceSignals, phase: Phase) -> float:
        """The validation loss of a network in eval mode."""

        def forward(inputs: Tensors) -> Tensor:
            logits: Tensor = network({name: values[0] for name, values in inputs.items()}, phase.branch)
            return logits[None]

        return validation_losses(forward, signals, [self])[0]

    def summary(self, network: Trainable, signals: DeviceSignals) -> dict[str, Any]:
        """Facts about the trained network for the record."""
        record = {} if not self.start.keys else {"start": initial_weights_record(network, self.start)}
        return record | attention_summary(network, self.train, signals)

    @property
    def shape(self) -> tuple[Any, ...]:
        """Networks of the same shape can be trained as one stack."""
        options = {name: value for name, value in values_of(self.model).items() if name not in FREE}
        given = tuple((name, what.channels, what.samples, what.rate) for name, what in self.inputs.items())
        made = (type(self), type(self.model), repr(options), type(self.fusion), repr(values_of(self.fusion)))
        batches = tuple(min(self.model.batch, len(self.windows(phase))) for phase in self.plan)
        return (*made, given, self.classes, batches)


@torch.no_grad()
def load_initial_weights(network: Trainable, tensors: Mapping[str, Tensor]) -> None:
    """Copy the tensors to parameters of the same name and shape."""
    for name, parameter in network.named_parameters():
        if name in tensors and tensors[name].shape == parameter.shape:
            parameter.copy_(tensors[name])


def initial_weights_record(network: Trainable, start: InitialWeights) -> dict[str, Any]:
    """The pre-training that each branch comes from, and parameters of stages that it does not contain."""
    fresh = [
        name
        for name, parameter in network.named_parameters()
        if ".stages." in name and (name not in start.tensors or start.tensors[name].shape != parameter.shape)
    ]
    return {"pretrained": dict(start.keys), "fresh": fresh}


def inputs_of(windows: WindowSet) -> dict[str, InputSpec]:
    """The input of each branch."""
    return {modality: input_of(windows, modality) for modality in windows.modalities}


def input_of(windows: WindowSet, modality: str) -> InputSpec:
    vectors = windows.vectors(modality)
    if vectors is not None:
        return InputSpec(len(vectors.names), 1, 0.0, vector=True)
    source = windows.recorded(modality)
    return InputSpec(len(source.channels), source.width, source.rate)
