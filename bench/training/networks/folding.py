"""Batch normalisation as a part of the convolution before it, in a network that is only asked and learns no more."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import TYPE_CHECKING, TypeGuard

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_eval

from bench.training.networks.convolution import ChannelsLast

if TYPE_CHECKING:
    from torch.nn.modules.conv import _ConvNd

#: what is known to compute nothing but a convolution; a layer derived from one of torch may compute something else
PLAIN = (nn.Conv1d.forward, nn.Conv2d.forward, ChannelsLast.forward)


def folded(network: nn.Module) -> nn.Module:
    """A copy that gives the same numbers, but for rounding, and passes over its values once less for each pair."""
    network = copy.deepcopy(network)
    for sequence in network.modules():
        if isinstance(sequence, nn.Sequential):
            for number, (layer, norm) in enumerate(pairwise(list(sequence))):
                if plain(layer) and isinstance(norm, _BatchNorm) and norm.running_mean is not None:
                    sequence[number], sequence[number + 1] = fuse_conv_bn_eval(layer, norm), nn.Identity()
    return network


def plain(layer: nn.Module) -> TypeGuard[_ConvNd]:
    """Whether this is a convolution and no more, with weights of its own."""
    return getattr(type(layer), "forward", None) in PLAIN and "weight" in dict(layer.named_parameters(recurse=False))
