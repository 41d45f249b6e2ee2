"""A network that is to be trained."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch

from bench.api import Input, Staged
from bench.errors import TaskError
from bench.options import options_of, values_of
from bench.training.batches import validation_loss
from bench.training.networks.network import Network, Trainable, plan
from bench.training.predictor import connected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    from bench.api import Fusion, Phase
    from bench.data.windows import LabelledWindowSet, WindowSet
    from bench.training.device_signals import DeviceSignals

#: options that change how a network is trained, but neither its shape nor that of a step
FREE = frozenset(options_of(Staged)) - {"batch", "optimiser"}


@dataclass(frozen=True, eq=False)
class InitialWeights:
    """What branches have learnt before: their tensors by name, and of each branch which pre-training it comes from."""

    keys: Mapping[str, str] = field(default_factory=dict)
    tensors: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class NetworkFit:
    """One network: what it is made of, what it learns from, and where its randomness comes from."""

    model: Staged
    fusion: Fusion  # one without exchange and join gives plain branches side by side
    train: LabelledWindowSet
    validation: LabelledWindowSet | None
    seed: int
    checkpoint: Path | None = None  # where its state is kept while it trains
    start: InitialWeights = field(default_factory=InitialWeights)

    @cached_property
    def inputs(self) -> dict[str, Input]:
        return inputs_of(self.train)

    @property
    def classes(self) -> int:
        return len(self.train.classes)

    @property
    def watched(self) -> bool:
        """Whether the validation part is looked at after each epoch even where it decides nothing."""
        return False

    @cached_property
    def plan(self) -> tuple[Phase, ...]:
        """What learns when."""
        return plan(self.model, self.fusion, tuple(self.inputs))

    def windows(self, phase: Phase) -> LabelledWindowSet:
        """What is learnt from in a phase."""
        if not phase.held_out:
            return self.train
        if self.validation is None or not len(self.validation):
            raise TaskError(f"Nothing could be held out inside the training part for the phase '{phase.name}'.")
        return self.validation

    def network(self) -> Trainable:
        """With its first weights, drawn on the CPU from the seed alone. Not to be called in two threads at once."""
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(self.seed)
            network = self.built()
        begin(network, self.start.tensors)
        return network

    def built(self) -> Trainable:
        """With weights as torch draws them."""
        return Network(self.model, self.fusion, self.inputs, self.classes)

    def validate(self, network: Trainable, signals: DeviceSignals, phase: Phase) -> float:
        """The loss on the validation part, from a network in eval mode."""
        assert self.validation is not None
        return validation_loss(network, signals, self.model, self.train, self.validation, phase.branch)

    def seen(self, network: Trainable, signals: DeviceSignals) -> dict[str, Any]:
        """What is worth telling of a network that has ended."""
        told = {} if not self.start.keys else {"start": begun(network, self.start)}
        return told | connected(network, self.train, signals)

    @property
    def shape(self) -> tuple[Any, ...]:
        """Members of one shape can be trained as one stack."""
        options = {name: value for name, value in values_of(self.model).items() if name not in FREE}
        given = tuple((name, what.channels, what.samples, what.rate) for name, what in self.inputs.items())
        made = (type(self), type(self.model), repr(options), type(self.fusion), repr(values_of(self.fusion)))
        batches = tuple(min(self.model.batch, len(self.windows(phase))) for phase in self.plan)
        return (*made, given, self.classes, batches)


@torch.no_grad()
def begin(network: Trainable, tensors: Mapping[str, Tensor]) -> None:
    """Where a network has a parameter of the same name and shape, it begins with that."""
    for name, parameter in network.named_parameters():
        if name in tensors and tensors[name].shape == parameter.shape:
            parameter.copy_(tensors[name])


def begun(network: Trainable, start: InitialWeights) -> dict[str, Any]:
    """For the record: which pre-training each branch comes from, and the parameters of stages that were not in it."""
    fresh = [
        name
        for name, parameter in network.named_parameters()
        if ".stages." in name and (name not in start.tensors or start.tensors[name].shape != parameter.shape)
    ]
    return {"pretrained": dict(start.keys), "fresh": fresh}


def inputs_of(windows: WindowSet) -> dict[str, Input]:
    """What each branch is given."""
    return {modality: input_of(windows, modality) for modality in windows.modalities}


def input_of(windows: WindowSet, modality: str) -> Input:
    vectors = windows.vectors(modality)
    if vectors is not None:
        return Input(len(vectors.names), 1, 0.0, vector=True)
    source = windows.recorded(modality)
    return Input(len(source.channels), source.width, source.rate)
