"""What a staged model has to hold beside what every model has to: its branches are as it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.api import Fusion, InputSpec
from bench.errors import PluginError

if TYPE_CHECKING:
    from torch import Tensor

    from bench.api import Staged
    from bench.training.networks.network import Network

CLASSES, WINDOWS = 3, 8
INPUTS = {"ecg": InputSpec(1, 1280, 128.0), "eda": InputSpec(2, 1280, 128.0)}


@dataclass(frozen=True)
class SideBySide(Fusion):
    """Nothing is exchanged; the head sees all embeddings."""


def network_of(model: Staged) -> Network:
    """Two branches side by side, with the same first weights each time."""
    import torch

    from bench.training.networks.network import Network

    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        return Network(model, SideBySide(), INPUTS, CLASSES)


def windows() -> dict[str, Tensor]:
    import torch

    random = torch.Generator().manual_seed(1)
    return {
        name: torch.randn(WINDOWS, given.channels, given.samples, generator=random) for name, given in INPUTS.items()
    }


def stages_are_as_wide_as_said(model: Staged) -> None:
    """After each stage, a branch is as wide as its encoder says, and its embedding as long."""
    found, states = network_of(model), windows()
    for name, given in INPUTS.items():
        encoder, values = model.encoder(name, given), states[name]
        branch = found.branches[name]
        for number, (stage, width) in enumerate(zip(branch.stages, encoder.widths, strict=True), 1):
            values = stage(values)
            if values.shape[1] != width:
                raise PluginError(
                    f"Stage {number} of the branch of {name} gives {values.shape[1]} channels; "
                    f"its encoder says {width}."
                )
        size = tuple(branch.embed(values).shape)
        if size != (WINDOWS, encoder.dim):
            raise PluginError(f"The embedding of {name} has the shape {size}; expected ({WINDOWS}, {encoder.dim}).")


def branches_reach_their_exchange_stages(model: Staged) -> None:
    """Each branch has the stages at whose ends the model lets branches meet."""
    for name, given in INPUTS.items():
        stages = len(model.encoder(name, given).widths)
        if max(model.exchange_stages, default=0) > stages:
            raise PluginError(
                f"Branches can meet after stage {max(model.exchange_stages)}, but the branch of {name} has {stages}; "
                "leave that stage out of exchange_stages."
            )


def every_parameter_learns(model: Staged) -> None:
    """Each parameter of a network has a gradient that is not zero everywhere."""
    found = network_of(model)
    found(windows()).logsumexp(dim=1).sum().backward()
    idle = [name for name, value in found.named_parameters() if value.grad is None or not value.grad.any()]
    if idle:
        raise PluginError(f"The parameter {idle[0]} has no gradient; take it out, or use it in forward.")


CHECKS = (stages_are_as_wide_as_said, branches_reach_their_exchange_stages, every_parameter_learns)
