"""Heads: the output of a classifier, the FCN of fused modalities, and the decoder."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import Tensor, nn

from bench.training.networks.dropout import Dropout


class Output(nn.Linear):
    """Two classes: one output z as logits (0, z), whose cross-entropy is the binary one of z. More: one output each."""

    def __init__(self, dim: int, classes: int) -> None:
        super().__init__(dim, 1 if classes == 2 else classes)

    def forward(self, values: Tensor) -> Tensor:
        found = super().forward(values)
        return F.pad(found, (1, 0)) if self.out_features == 1 else found


def joint(dim: int, classes: int) -> nn.Sequential:
    """The multimodal emotion classifier (section 4.4); that dropout follows both hidden layers is our choice."""
    return nn.Sequential(
        nn.Linear(dim, 64),  # 1024 + 64 of ECG and EEG
        nn.ReLU(),
        Dropout(0.1),
        nn.Linear(64, 32),
        nn.ReLU(),
        Dropout(0.1),
        Output(32, classes),
    )


class Decoder(nn.Sequential):
    """The FCN that predicts masked values (section 4.3): (batch, width, 1 + time) -> (batch, channels, time)."""

    def __init__(self, width: int, hidden: int, channels: int) -> None:
        super().__init__(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, channels))

    def forward(self, values: Tensor) -> Tensor:
        text = values.transpose(1, 2)  # (batch, 1281, 256)
        for layer in self:
            text = layer(text)
        return text[:, 1:].transpose(1, 2)
