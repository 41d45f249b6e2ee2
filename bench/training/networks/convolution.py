"""Convolutions over time in channels-last layout, where that was measured to be faster (benchmarks/README.md).

The results are equal up to the order of sums. The choice depends on the layer and on the type of CPU alone, so that the
same command gives the same numbers on a machine. Kernels of one sample stay as they are: in this layout and with few
channels, oneDNN's gradient of them (torch 2.13, AVX2) writes beyond its memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Iterator

CPU = "AVX2"  # the capability, as torch names it, of the CPUs on which layers gain
NARROW = 32  # channels up to which they do


class ChannelsLast(nn.Conv1d):
    """A Conv1d that computes with channels last; its inputs and outputs keep the usual layout."""

    def forward(self, values: Tensor) -> Tensor:
        given, weight = channels_last(values), channels_last(self.weight)
        (stride,), (dilation,) = self.stride, self.dilation
        padding = self.padding if isinstance(self.padding, str) else (0, self.padding[0])
        found = F.conv2d(given, weight, self.bias, (1, stride), padding, (1, dilation))
        return found.squeeze(2).contiguous()


def channels_last(values: Tensor) -> Tensor:
    """(n, channels, time) as (n, channels, 1, time) in channels-last layout."""
    return values.unsqueeze(2).contiguous(memory_format=torch.channels_last)


def use_channels_last(network: nn.Module) -> None:
    """Switch the layers that gain to this layout."""
    if torch.backends.cpu.get_cpu_capability() != CPU:
        return
    for layer in convolutions(network, nn.Conv1d):
        plain = layer.groups == 1 and layer.padding_mode == "zeros" and layer.kernel_size[0] > 1
        if plain and 1 < layer.in_channels <= NARROW:
            layer.__class__ = ChannelsLast


def use_default_layout(network: nn.Module) -> None:
    """Switch all layers back to the layout of torch."""
    for layer in convolutions(network, ChannelsLast):
        layer.__class__ = nn.Conv1d


def convolutions(network: nn.Module, kind: type[nn.Conv1d]) -> Iterator[nn.Conv1d]:
    """Layers of exactly this class; a subclass may compute something else."""
    return (layer for layer in network.modules() if isinstance(layer, nn.Conv1d) and type(layer) is kind)
