"""The two kinds of branch: the Res-SI subnet for signals, and the identity for vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from bench.training.networks.encoder import Encoder
from bench_images.pictures import Pictures
from bench_ressin.trunk import Stem, units

if TYPE_CHECKING:
    from bench.api import InputSpec
    from bench_ressin.ressin import ResSIN


class Images(Encoder):
    """The Res-SI subnet, "ResNet-18 without the fully connected layer", whose output has 512 numbers.

    Stage 1 makes images and is the stem; each of the other four is two residual units. The paper speaks of "some
    changes" that it does not name, so that the usual trunk from random first weights is our choice.
    """

    def __init__(self, options: ResSIN, spec: InputSpec) -> None:
        self.options, self.rate = options, spec.rate
        self.widths = tuple(options.width * 2**power for power in (0, 0, 1, 2, 3))  # 64, 64, 128, 256, 512
        self.dim = self.widths[-1]

    def stage(self, number: int, width: int) -> nn.Module:
        options, out = self.options, self.widths[number - 1]
        if number > 1:
            return units(width, out, options.block, stride=1 if number == 2 else 2)  # -> (batch, 512, 7, 7)
        pictures = Pictures(self.rate, options.size, options.crop)  # (batch, 3, samples) -> (batch, 3, 224, 224)
        return nn.Sequential(pictures, Stem(width, out, pooled=options.block == "basic"))  # -> (batch, 64, 56, 56)

    def embed(self, width: int) -> nn.Module:
        """Global average pooling, and the z-score of the paper.

        The paper standardises the 512 numbers and does not say by what; normalisation by the batch, which has nothing
        to learn, is our choice, since it can be trained through.
        """
        return nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.BatchNorm1d(width, affine=False),  # (batch, 512)
        )


class Vectors(Encoder):
    """Features of the music unchanged: the paper concatenates all 6,373 to the 512."""

    def __init__(self, features: int) -> None:
        self.widths, self.dim = (features,), features

    def stage(self, number: int, width: int) -> nn.Module:
        return nn.Identity()

    def embed(self, width: int) -> nn.Module:
        return nn.Flatten()  # (batch, 6373, 1) -> (batch, 6373)
