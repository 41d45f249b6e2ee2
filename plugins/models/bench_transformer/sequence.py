"""The input of the Transformer: the CLS token, then the tokens of all samples, with positions."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bench.training.networks.dropout import Dropout


class TokenSequence(nn.Module):
    """(batch, width, time) -> (batch, width, 1 + time), with dropout on the sums, as Vaswani et al. (2017) have it.

    The paper does not say how tokens know their places: fixed sinusoids are our choice, and learned places, as in BERT,
    an option. What is learned here begins with a spread of 0.02, also as in BERT.
    """

    places: Tensor

    def __init__(self, width: int, length: int, learned: bool, dropout: float) -> None:
        super().__init__()
        self.cls = nn.Parameter(0.02 * torch.randn(width))
        if learned:
            self.places = nn.Parameter(0.02 * torch.randn(width, length))
        else:
            self.register_buffer("places", sinusoids(width, length), persistent=False)
        self.dropout = Dropout(dropout)

    def forward(self, values: Tensor) -> Tensor:
        first = self.cls.expand(len(values), 1, -1)
        tokens = torch.cat([first, values.transpose(1, 2)], dim=1) + self.places.T  # as layers compute with them
        found: Tensor = self.dropout(tokens).transpose(1, 2)
        return found


def sinusoids(width: int, length: int) -> Tensor:
    """(width, length): sin(t / 10000^(2i/width)) in row 2i, and the cosine of the same in row 2i + 1."""
    turning = 10_000.0 ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    angles = turning[:, None] * torch.arange(length)
    return torch.stack([angles.sin(), angles.cos()], dim=1).flatten(0, 1).float()
