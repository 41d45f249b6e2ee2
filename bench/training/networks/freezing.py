"""What learns in a phase, and how the rest is kept as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from bench.errors import PluginError
from bench.training.networks.network import belongs

if TYPE_CHECKING:
    from bench.api import Phase
    from bench.training.networks.network import Trainable

RANDOM = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)


def learning(network: Trainable, phase: Phase) -> list[str]:
    """The parameters that learn in a phase."""
    names = [name for name, _ in network.named_parameters() if learns(name, phase)]
    if not names:
        raise PluginError(f"Nothing learns in phase '{phase.name}': no parameter is part of {', '.join(phase.learns)}.")
    return names


def learns(name: str, phase: Phase) -> bool:
    """Whether a parameter or module is to learn, and has a say in the decision that is learnt from."""
    if phase.branch:
        return belongs(name, phase.learns) and belongs(name, (f"encoders.{phase.branch}", f"heads.{phase.branch}"))
    return belongs(name, phase.learns) and not belongs(name, ("heads",))


def freeze(network: Trainable, phase: Phase) -> None:
    """Let a phase learn what it is to learn; all else keeps its values, running averages of normalisation too."""
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(learns(name, phase))
    for name, module in network.named_modules():
        module.training = learns(name, phase)


def check(network: Trainable) -> None:
    """Refuse what would make a network depend on who is trained beside it."""
    for name, module in network.named_modules():
        if isinstance(module, RANDOM) and module.p > 0:
            raise PluginError(
                f"The network has dropout of torch ({name}), whose random numbers would depend on who is trained "
                "beside it; use bench.training.networks.dropout.Dropout, which has a stream for each network."
            )
