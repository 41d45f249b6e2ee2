"""Batch normalisation folded into the convolution before it, for inference."""

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

#: classes that compute nothing but a convolution; a subclass may compute something else
PLAIN = (nn.Conv1d.forward, nn.Conv2d.forward, ChannelsLast.forward)


def fold_batch_norm(network: nn.Module) -> nn.Module:
    """A copy with the same output up to rounding, and one pass less per pair of layers."""
    network = copy.deepcopy(network)
    for sequence in network.modules():
        if isinstance(sequence, nn.Sequential):
            for number, (layer, norm) in enumerate(pairwise(list(sequence))):
                if plain(layer) and isinstance(norm, _BatchNorm) and norm.running_mean is not None:
                    sequence[number], sequence[number + 1] = fuse_conv_bn_eval(layer, norm), nn.Identity()
    return network


def plain(layer: nn.Module) -> TypeGuard[_ConvNd]:
    """Whether this is a plain convolution that shares no weights."""
    return getattr(type(layer), "forward", None) in PLAIN and "weight" in dict(layer.named_parameters(recurse=False))
