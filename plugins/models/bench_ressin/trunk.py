"""The trunk of ResNet-18 (He et al., 2016): a stem, and residual units in four stages."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import Tensor, nn

from bench.training.networks.recomputation import frozen_running_averages, recompute

GREYS = 3  # channels that a single one becomes


class Convolution(nn.Conv2d):
    """Zero padding, no bias; initial weights are N(0, sqrt(2 / (k^2 C_out))), as in the author's later code."""

    def __init__(self, given: int, out: int, kernel: int, stride: int) -> None:
        super().__init__(given, out, kernel, stride, kernel // 2, bias=False)
        nn.init.normal_(self.weight, std=(2 / (kernel**2 * out)) ** 0.5)


class Shortcut(Convolution):
    """A 1 x 1 convolution as a matrix product over channels.

    It is the same sum. The kernel of torch 2.13 for its gradient (oneDNN's, on a CPU with AVX2) writes beyond its
    memory where values of a pixel lie beside each other and channels are few.
    """

    def __init__(self, given: int, out: int, stride: int) -> None:
        super().__init__(given, out, 1, stride)

    def forward(self, values: Tensor) -> Tensor:
        down, across = self.stride
        chosen = values[..., ::down, ::across].movedim(1, -1)
        return F.linear(chosen, self.weight.flatten(1)).movedim(-1, 1)


class ThreeTimes(nn.Module):
    """One grey image as all three channels of an image, so that the trunk of a single component is that of all three.

    Other numbers of channels need no such thing: the first convolution has as many.
    """

    def forward(self, images: Tensor) -> Tensor:
        return images.expand(-1, GREYS, -1, -1).contiguous(memory_format=torch.channels_last)


class Unit(nn.Module):
    """ReLU(F(x) + x): two convolutions of 3 x 3, or one, as the author's later network has it.

    Where the shape changes, x goes through a convolution of 1 x 1; that is ResNet-18's own way.
    """

    def __init__(self, given: int, out: int, convolutions: int, stride: int) -> None:
        super().__init__()
        widths = [given, *[out] * convolutions]
        layers: list[nn.Module] = []
        for number, (before, after) in enumerate(pairwise(widths)):
            layers += [nn.ReLU(inplace=True)] if number else []
            layers += [Convolution(before, after, 3, 1 if number else stride), nn.BatchNorm2d(after)]
        self.change = nn.Sequential(*layers)
        same = given == out and stride == 1
        self.shortcut = nn.Identity() if same else nn.Sequential(Shortcut(given, out, stride), nn.BatchNorm2d(out))

    def forward(self, values: Tensor) -> Tensor:
        changed: Tensor = self.change(values)
        return changed.add_(self.shortcut(values)).relu_()


class Stem(nn.Module):
    """(batch, 3, 224, 224) -> (batch, 64, 56, 56), or (batch, 64, 112, 112) without pooling.

    Inside it are the largest values of all, from few sums: on a CPU they are worked out again for the gradient. Of what
    is pooled, ReLU comes afterwards, where it gives the same of a quarter of the values.
    """

    def __init__(self, given: int, width: int, *, pooled: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = [ThreeTimes()] if given == 1 else []
        layers += [Convolution(GREYS if given == 1 else given, width, 7, 2), nn.BatchNorm2d(width)]
        layers += [*([nn.MaxPool2d(3, 2, padding=1)] if pooled else []), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        if images.is_cuda or not torch.is_grad_enabled():
            return cast("Tensor", self.layers(images))
        return recompute(self.layers, images, partial(frozen_running_averages, self))


def units(given: int, out: int, block: str, stride: int) -> nn.Sequential:
    """Two residual units, of which the first changes the shape."""
    convolutions = 2 if block == "basic" else 1
    return nn.Sequential(Unit(given, out, convolutions, stride), Unit(out, out, convolutions, 1))
