"""The blocks of Figure 2: convolution, squeeze and excitation, and the residual block with it."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import Tensor, nn


def convolution(given: int, width: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Conv-BN, without a bias, which BN would take away; as long as the input over the stride, rounded up."""
    return nn.Sequential(
        nn.Conv1d(given, width, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm1d(width),
    )


def conv_block(given: int, width: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Conv. Block: Conv-BN-ReLU."""
    return convolution(given, width, kernel, stride).append(nn.ReLU())


class SE(nn.Module):
    """Squeeze and excitation (Figure 2c): each channel times a weight that is seen from all channels' means."""

    def __init__(self, width: int, reduction: int) -> None:
        super().__init__()
        inside = max(1, width // reduction)
        self.squeeze = nn.Linear(width, inside)
        self.excite = nn.Linear(inside, width)

    def forward(self, values: Tensor) -> Tensor:
        weights: Tensor = self.excite(F.relu(self.squeeze(values.mean(dim=-1))))  # (batch, channels)
        return values * weights.sigmoid().unsqueeze(-1)


class SEBlock(nn.Module):
    """SE Conv. Block (Figure 2b), or SE ID Block where neither width nor length changes.

    The figure's inner layout cannot be read from the text. Chosen: the basic block of a residual network
    with SE before the addition, as Hu et al. (2018) have it.
    """

    def __init__(self, given: int, width: int, kernel: int, stride: int, reduction: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *conv_block(given, width, kernel, stride),
            *convolution(width, width, kernel),
            SE(width, reduction),
        )
        same = given == width and stride == 1
        self.shortcut = nn.Identity() if same else convolution(given, width, 1, stride)  # the purple block

    def forward(self, values: Tensor) -> Tensor:
        return F.relu(self.body(values) + self.shortcut(values))
