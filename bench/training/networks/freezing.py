"""Trainable and frozen parts of a network in a phase."""

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
    """The names of trainable parameters in a phase."""
    names = [name for name, _ in network.named_parameters() if learns(name, phase)]
    if not names:
        raise PluginError(f"Nothing learns in phase '{phase.name}': no parameter is part of {', '.join(phase.learns)}.")
    return names


def learns(name: str, phase: Phase) -> bool:
    """Whether a parameter or module is trained, and contributes to the loss of the phase."""
    if phase.branch:
        return belongs(name, phase.learns) and belongs(name, (f"encoders.{phase.branch}", f"heads.{phase.branch}"))
    return belongs(name, phase.learns) and not belongs(name, ("heads",))


def freeze(network: Trainable, phase: Phase) -> None:
    """Freeze everything that the phase does not train, running averages of normalisation included."""
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(learns(name, phase))
    for name, module in network.named_modules():
        module.training = learns(name, phase)


def check(network: Trainable) -> None:
    """Refuse modules whose random numbers would depend on other networks in the same process."""
    for name, module in network.named_modules():
        if isinstance(module, RANDOM) and module.p > 0:
            raise PluginError(
                f"The network uses torch's dropout ({name}), whose random numbers would depend on networks that are "
                "trained at the same time; use bench.training.networks.dropout.Dropout, with a stream per network."
            )
