"""The 1D-CNN of section 4.3, which makes one token of each sample."""

from __future__ import annotations

from torch import Tensor, nn


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of each time step: (batch, channels, time)."""

    def forward(self, values: Tensor) -> Tensor:
        return super().forward(values.transpose(1, 2)).transpose(1, 2)


def convolutions(given: int, width: int) -> nn.Sequential:
    """Kernels of 65, 33 and 17, so that a token sees 113 samples.

    Our choice: zeros at both ends, so that there is a token for each hidden sample, and two normalisations, after the
    first convolution and at the end, which give the network the size that was measured for it.
    """
    return nn.Sequential(
        nn.Conv1d(given, width, 65, padding=32),
        ChannelNorm(width),
        nn.ReLU(),  # (batch, 64, 1280)
        nn.Conv1d(width, 2 * width, 33, padding=16),
        nn.ReLU(),  # (batch, 128, 1280)
        nn.Conv1d(2 * width, 4 * width, 17, padding=8),
        nn.ReLU(),
        ChannelNorm(4 * width),  # (batch, 256, 1280)
    )
