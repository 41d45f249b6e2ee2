"""The two kinds of branch: H_ecg and H_eda of Figure 2a, as building plans."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from torch import nn

from bench.training.networks.encoder import Encoder
from bench_attx.blocks import SE, SEBlock, conv_block
from bench_attx.keras import like_keras

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench_attx.attx import AttX

KERNELS = (33, 17, 9, 9)
STRIDES = (4, 2, 2, 2)
IDENTITIES = {2: 2, 3: 1}  # SE ID Blocks of H_ecg after the SE Conv. Block of a stage


class Stages(Encoder):
    """What both have in common: pooling over time and a projection after the last stage."""

    def __init__(self, widths: Sequence[int], options: AttX) -> None:
        self.widths = widths
        self.reduction = options.reduction
        self.batch_norm_momentum = options.batch_norm_momentum
        self.dim = options.projection

    def stage(self, number: int, width: int) -> nn.Module:
        return like_keras(nn.Sequential(*self.blocks(number, width)), self.batch_norm_momentum)

    @abstractmethod
    def blocks(self, number: int, width: int) -> list[nn.Module]:
        """The blocks of a stage in order."""

    def embed(self, width: int) -> nn.Module:
        return like_keras(
            nn.Sequential(
                nn.AdaptiveAvgPool1d(1),  # (batch, width, 1)
                nn.Flatten(),  # (batch, width)
                nn.Linear(width, self.dim),
                nn.ReLU(),
                nn.Linear(self.dim, self.dim),
                nn.ReLU(),  # (batch, dim)
            )
        )


class SEResNet(Stages):
    """H_ecg, section II-C: Conv.; SE Conv. and two SE ID; SE Conv. and one SE ID.

    The paper speaks of four stages, but of no block of H_ecg in the fourth: pooling is all it has there.
    How many Conv. Blocks stage 1 has is not said: one, as H_eda.
    """

    stride: ClassVar[int] = 4 * 2 * 2

    def blocks(self, number: int, width: int) -> list[nn.Module]:
        out, kernel, stride = self.widths[number - 1], KERNELS[number - 1], STRIDES[number - 1]
        if number == 1:
            return [conv_block(width, out, kernel, stride)]  # (batch, 32, 640) of 2560 samples
        changing = SEBlock(width, out, kernel, stride, self.reduction)  # (batch, 64, 320), then (batch, 128, 160)
        return [changing, *(SEBlock(out, out, kernel, 1, self.reduction) for _ in range(IDENTITIES[number]))]


class PlainCNN(Stages):
    """H_eda, section II-C: one Conv. Block; two; two; two and SE."""

    stride: ClassVar[int] = 4 * 2 * 2 * 2

    def __init__(self, widths: Sequence[int], options: AttX) -> None:
        super().__init__((*widths, widths[-1]), options)

    def blocks(self, number: int, width: int) -> list[nn.Module]:
        out, kernel, stride = self.widths[number - 1], KERNELS[number - 1], STRIDES[number - 1]
        first = conv_block(width, out, kernel, stride)
        if number == 1:
            return [first]  # (batch, 32, 640) of 2560 samples
        second = conv_block(out, out, kernel)
        if number < 4:
            return [first, second]  # (batch, 64, 320), then (batch, 128, 160)
        return [first, second, SE(out, self.reduction)]  # (batch, 128, 80)
