"""Layers of several networks under vmap, computed by one operation where vmap's own rule takes several.

For batch normalisation, vmap scales and shifts values in operations of their own, forward and backward, which moves
several times as many bytes (benchmarks/README.md). For linear layers, it adds the bias in an operation of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn.modules.batchnorm import _BatchNorm

Places = Sequence[int | None]  # the axis of the networks in each tensor, if it has one


class StackedBatchNorm(_BatchNorm):
    """Updates running averages in place, and does not count batches."""

    def forward(self, values: Tensor) -> Tensor:
        tensors = values, self.running_mean, self.running_var, self.weight, self.bias
        options = self.training or self.running_mean is None, self.momentum, self.eps
        found: Tensor = Normalise.apply(*tensors, options)  # type: ignore[no-untyped-call]
        return found


class StackedLinear(nn.Linear):
    """A product of matrices for each network, to which the bias is added on the way."""

    def forward(self, values: Tensor) -> Tensor:
        found: Tensor = Affine.apply(values, self.weight, self.bias)  # type: ignore[no-untyped-call]
        return found


def use_stacked_layers(network: nn.Module) -> list[str]:
    """Switch the layers of a network that runs under vmap. Returns the names of those whose batches are to be counted.

    A subclass with a forward pass of its own stays as it is, and so does an average over all batches, which waits for a
    value and fails under vmap.
    """
    counting = []
    for name, layer in network.named_modules():
        if isinstance(layer, _BatchNorm) and type(layer).forward is _BatchNorm.forward and layer.momentum is not None:
            layer.__class__ = StackedBatchNorm
            counting += [name] if layer.training and layer.track_running_stats else []
        elif isinstance(layer, nn.Linear) and type(layer).forward is nn.Linear.forward:
            layer.__class__ = StackedLinear
    return counting


class StackedFunction(Function):
    """A function with a rule for vmap; gradients are computed outside of vmap."""

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Nothing: without vmap there are no gradients."""


class Normalise(StackedFunction):
    """torch.nn.functional.batch_norm, under vmap over the channels of all networks side by side."""

    @staticmethod
    def forward(values: Tensor, mean: Tensor | None, variance: Tensor | None, weight: Tensor | None,
                bias: Tensor | None, options: tuple[Any, ...]) -> Tensor:  # fmt: skip
        return F.batch_norm(values, mean, variance, weight, bias, *options)

    @staticmethod
    def vmap(info: Any, places: Places, *given: Any) -> tuple[Tensor, int]:
        values, *others = networks_first(given[:5], places, info.batch_size)
        rows: list[Any] = [None if other is None else other.flatten() for other in others]
        found = F.batch_norm(values.movedim(0, 1).flatten(1, 2), *rows, *given[5])
        return found.view(len(found), info.batch_size, -1, *found.shape[2:]), 1


class Affine(StackedFunction):
    """torch.nn.functional.linear, under vmap as one product of batches of matrices."""

    @staticmethod
    def forward(values: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return F.linear(values, weight, bias)

    @staticmethod
    def vmap(info: Any, places: Places, *given: Any) -> tuple[Tensor, int]:
        values, weight, bias = networks_first(given, places, info.batch_size)
        columns = values.reshape(info.batch_size, -1, values.shape[-1]).mT
        found = weight @ columns if bias is None else torch.baddbmm(bias[:, :, None], weight, columns)
        return found.mT.reshape(*values.shape[:-1], -1), 0  # weights first, so that their gradient is contiguous


def networks_first(tensors: Sequence[Tensor | None], places: Places, size: int) -> list[Any]:
    """Tensors whose first axis is that of the networks, with as many views of what all networks share."""
    found: list[Tensor | None] = []
    for tensor, place in zip(tensors, places, strict=False):
        if tensor is None or place == 0:
            found.append(tensor)
        else:
            found.append(tensor.expand(size, *tensor.shape) if place is None else tensor.movedim(place, 0))
    return found
