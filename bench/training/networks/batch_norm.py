"""Batch normalisation of several networks under vmap, as one over the channels of all of them.

vmap's own rule scales and shifts values in operations of their own, forward and backward, which moves several times as
many bytes (benchmarks/README.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import Tensor
from torch.autograd import Function
from torch.nn.modules.batchnorm import _BatchNorm

if TYPE_CHECKING:
    from torch import nn


class StackedBatchNorm(_BatchNorm):
    """A layer of a network under vmap. It updates running averages in place, and does not count batches."""

    def forward(self, values: Tensor) -> Tensor:
        tensors = values, self.running_mean, self.running_var, self.weight, self.bias
        options = self.training or self.running_mean is None, self.momentum, self.eps
        found: Tensor = Normalise.apply(*tensors, options)  # type: ignore[no-untyped-call]
        return found


def use_stacked_batch_norm(network: nn.Module) -> list[str]:
    """Switch the layers of a network that runs under vmap. Returns the names of those that are in training.

    A subclass with a forward pass of its own stays as it is.
    """
    layers = ((name, layer) for name, layer in network.named_modules() if isinstance(layer, _BatchNorm))
    named = {name: layer for name, layer in layers if type(layer).forward is _BatchNorm.forward}
    for layer in named.values():
        layer.__class__ = StackedBatchNorm
    return [name for name, layer in named.items() if layer.training and layer.running_mean is not None]


class Normalise(Function):
    """torch.nn.functional.batch_norm with a rule for vmap; gradients are computed outside of vmap."""

    @staticmethod
    def forward(values: Tensor, mean: Tensor | None, variance: Tensor | None, weight: Tensor | None,
                bias: Tensor | None, options: tuple[Any, ...]) -> Tensor:  # fmt: skip
        return F.batch_norm(values, mean, variance, weight, bias, *options)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Nothing: without vmap there are no gradients."""

    @staticmethod
    def vmap(info: Any, places: tuple[int | None, ...], *given: Any) -> tuple[Tensor, int]:
        size = info.batch_size
        tensors: list[Any] = [side_by_side(each, place, size) for each, place in zip(given[:5], places, strict=False)]
        found = F.batch_norm(*tensors, *given[5])
        return found.view(len(found), size, -1, *found.shape[2:]), 1


def side_by_side(tensor: Tensor | None, place: int | None, size: int) -> Tensor | None:
    """The channels of all networks in one axis: the second one, or the only one."""
    if tensor is None:
        return None
    tensor = tensor.expand(size, *tensor.shape) if place is None else tensor.movedim(place, 0)
    return tensor.flatten() if tensor.ndim == 2 else tensor.movedim(0, 1).flatten(1, 2)
