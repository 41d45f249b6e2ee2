"""A network that is to be trained."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch

from bench.api import Input, Staged
from bench.deep.network import Network
from bench.options import options_of, values_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.api import Configurable, Fusion
    from bench.data.windows import LabelledWindowSet, WindowSet

#: options that change how a network is trained, but neither its shape nor that of a step
FREE = frozenset(options_of(Staged)) - {"batch"}


@dataclass(frozen=True, eq=False)
class Member:
    """One network: what it is made of, what it learns from, and where its randomness comes from."""

    model: Staged
    fusion: Fusion  # one without exchange and join gives plain branches side by side
    train: LabelledWindowSet
    validation: LabelledWindowSet | None
    seed: int
    checkpoint: Path | None = None  # where its state is kept while it trains

    @cached_property
    def inputs(self) -> dict[str, Input]:
        return inputs_of(self.train)

    @property
    def classes(self) -> int:
        return len(self.train.classes)

    @property
    def batch(self) -> int:
        """Windows per step: where there are fewer, all of them."""
        return min(self.model.batch, len(self.train))

    def network(self) -> Network:
        """With its first weights, drawn on the CPU from the seed alone. Not to be called in two threads at once."""
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(self.seed)
            return Network(self.model, self.fusion, self.inputs, self.classes)

    @property
    def shape(self) -> tuple[Any, ...]:
        """Members of one shape can be trained as one stack."""
        options = {name: value for name, value in values_of(self.model).items() if name not in FREE}
        given = tuple((name, what.channels, what.samples, what.rate) for name, what in self.inputs.items())
        made = (type(self.model), repr(options), type(self.fusion), repr(values_of(self.fusion)))
        return (*made, given, self.classes, self.batch)


def inputs_of(windows: WindowSet) -> dict[str, Input]:
    """What each branch is given."""
    sources = {modality: windows.recorded(modality) for modality in windows.modalities}
    return {name: Input(len(source.channels), source.width, source.rate) for name, source in sources.items()}


def described(plugin: Configurable) -> Mapping[str, Any]:
    """A plugin and its options as plain values."""
    return {"class": f"{type(plugin).__module__}.{type(plugin).__qualname__}", "options": values_of(plugin)}
