"""Attentive connections between branches: Eq. 3 to 5."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from bench.errors import PluginError
from bench.training.networks.cross_connections import CrossConnections
from bench.training.networks.exchange import aligned
from bench_attentive.attention import Attention

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench_attentive.attentive import Attentive

Arrow = tuple[str, str]  # sender, receiver


class AttentiveConnections(CrossConnections):
    """X = BN([Z; theta * Z of the others]).

    In one direction, too, theta is a softmax over both modalities, of which one half is used: over one
    modality alone it would always be 1. Branches of other lengths are compared at the receiver's.
    """

    def __init__(self, arrows: Sequence[Arrow], widths: Mapping[str, int], options: Attentive) -> None:
        super().__init__(arrows, widths, options.batch_norm_momentum)
        self.groups = {arrow: group(arrow, widths, options) for arrow in arrows}  # arrow -> modalities that compete
        self.attentions = nn.ModuleDict()
        for members in dict.fromkeys(self.groups.values()):
            channels = common({name: widths[name] for name in members})
            self.attentions["_and_".join(members)] = Attention(len(members), channels, options)

    def sent(self, states: dict[str, Tensor]) -> dict[Arrow, Tensor]:
        return {
            (sender, receiver): weight * aligned(states[sender], states[receiver].shape[-1])
            for (sender, receiver), weight in self.weights(states).items()
        }

    def weights(self, states: dict[str, Tensor]) -> dict[Arrow, Tensor]:
        """The attention weights of each connection; at equal lengths, both directions share a theta."""
        found: dict[tuple[tuple[str, ...], int], dict[str, Tensor]] = {}
        weights = {}
        for (sender, receiver), members in self.groups.items():
            length = states[receiver].shape[-1]
            if (members, length) not in found:
                theta = self.between(members)(stacked(members, states, length))
                found[members, length] = dict(zip(members, theta, strict=True))
            weights[sender, receiver] = found[members, length][sender]
        return weights

    def attention(self, states: dict[str, Tensor]) -> dict[str, Tensor]:
        return {f"{sender}_to_{receiver}": weight for (sender, receiver), weight in self.weights(states).items()}

    def dead(self, states: dict[str, Tensor]) -> dict[str, Tensor]:
        flags = {}
        for (sender, receiver), members in self.groups.items():
            units = self.between(members).units(stacked(members, states, states[receiver].shape[-1]))
            largest = torch.stack([unit.amax(dim=(1, 2)) for unit in units])  # (modalities, batch), none negative
            flags[f"{sender}_to_{receiver}"] = (largest == 0).all(dim=0)
        return flags

    def between(self, members: tuple[str, ...]) -> Attention:
        return cast("Attention", self.attentions["_and_".join(members)])


def group(arrow: Arrow, modalities: Iterable[str], options: Attentive) -> tuple[str, ...]:
    """The modalities that compete in a connection, in the order of the network."""
    return tuple(name for name in modalities if options.partners == "shared" or name in arrow)


def stacked(members: Iterable[str], states: Mapping[str, Tensor], length: int) -> list[Tensor]:
    """S of Eq. 1 as a list of tensors of equal length."""
    return [aligned(states[name], length) for name in members]


def common(widths: Mapping[str, int]) -> int:
    """The common number of channels; attention compares channels one by one."""
    if len(set(widths.values())) > 1:
        found = " and ".join(f"{width} of {name}" for name, width in widths.items())
        raise PluginError(
            f"Attention needs as many channels in each branch, and there are {found}; use --fusion middle instead."
        )
    return next(iter(widths.values()))
