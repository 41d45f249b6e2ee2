"""Checks of staged models: their branches are as declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.api import Fusion, InputSpec
from bench.api.networks import TrainingOptions
from bench.errors import PluginError
from bench.options import options_of

if TYPE_CHECKING:
    from torch import Tensor

    from bench.api import Staged
    from bench.training.networks.network import Network

CLASSES, WINDOWS = 3, 8
INPUTS = {"ecg": InputSpec(1, 1280, 128.0), "eda": InputSpec(2, 1280, 128.0)}


@dataclass(frozen=True)
class Concatenation(Fusion):
    """One head on the embeddings of all branches."""


def network_of(model: Staged, fusion: Fusion | None = None) -> Network:
    """A network of two branches, with the same initial weights in each call."""
    import torch

    from bench.training.networks.network import Network

    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        return Network(model, fusion or Concatenation(), INPUTS, CLASSES)


def windows() -> dict[str, Tensor]:
    import torch

    random = torch.Generator().manual_seed(1)
    return {name: torch.randn(WINDOWS, spec.channels, spec.samples, generator=random) for name, spec in INPUTS.items()}


def training_options_keep_their_meaning(model: Staged) -> None:
    """Its own options do not take the names of training options; a training option may get another default."""
    own = options_of(type(model))
    for name, option in options_of(TrainingOptions).items():
        if (own[name].kind, own[name].about) != (option.kind, option.about):
            raise PluginError(
                f"The option '{name}' of {type(model).__name__} hides the training option '{name}' ({option.about}); "
                "give it another name, or declare it without Annotated to change the default only."
            )


def stages_have_the_declared_widths(model: Staged) -> None:
    """Stages and embeddings of each branch have the widths that its encoder declares."""
    from bench.training.networks.network import encoder_of

    network, states = network_of(model), windows()
    for name, spec in INPUTS.items():
        encoder, values = encoder_of(model, name, spec), states[name]
        branch = network.branches[name]
        for number, (stage, width) in enumerate(zip(branch.stages, encoder.widths, strict=True), 1):
            values = stage(values)
            if values.shape[1] != width:
                raise PluginError(
                    f"Stage {number} of the branch of {name} returns {values.shape[1]} channels; "
                    f"its encoder declares {width}."
                )
        size = tuple(branch.embed(values).shape)
        if size != (WINDOWS, encoder.dim):
            raise PluginError(f"The embedding of {name} has the shape {size}; expected ({WINDOWS}, {encoder.dim}).")


def branches_reach_their_exchange_stages(model: Staged) -> None:
    """Each branch has all of the model's exchange_stages."""
    from bench.training.networks.network import encoder_of

    for name, spec in INPUTS.items():
        stages = len(encoder_of(model, name, spec).widths)
        if max(model.exchange_stages, default=0) > stages:
            raise PluginError(
                f"exchange_stages contains {max(model.exchange_stages)}, but the branch of {name} has {stages} stages; "
                "leave that stage out."
            )


def every_parameter_learns(model: Staged) -> None:
    """Each parameter of a network has a nonzero gradient."""
    network = network_of(model)
    network(windows()).logsumexp(dim=1).sum().backward()
    idle = [name for name, value in network.named_parameters() if value.grad is None or not value.grad.any()]
    if idle:
        raise PluginError(f"The parameter {idle[0]} has no gradient; remove it, or use it in forward.")


def networks_can_be_stacked(model: Staged) -> None:
    """Networks of several folds can run as one: forward does not branch on values."""
    from bench.checks.stacking import require_stackable

    require_stackable(network_of(model), network_of(model), windows())


CHECKS = (
    training_options_keep_their_meaning,
    stages_have_the_declared_widths,
    branches_reach_their_exchange_stages,
    every_parameter_learns,
    networks_can_be_stacked,
)
