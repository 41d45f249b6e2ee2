"""One layer of the Transformer."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import Tensor, nn

from bench.training.networks.dropout import Dropout
from bench.training.networks.recomputation import recompute_random


class Attention(nn.Module):
    """Scaled dot products in several heads: (batch, time, width) -> the same.

    There is no dropout on weights of attention, so that fused kernels of any device can be used.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.given = nn.Linear(width, 3 * width)  # queries, keys and values
        self.out = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        parts = zip(self.given.weight.chunk(3), self.given.bias.chunk(3), strict=True)
        shape = (*tokens.shape[:2], self.heads, -1)
        each = [F.linear(tokens, *part).view(shape) for part in parts]  # (batch, time, heads, width / heads)
        queries, keys, values = (part.transpose(1, 2) for part in each)
        found = F.scaled_dot_product_attention(queries, keys, values)  # (batch, heads, time, width / heads)
        mixed: Tensor = self.out(found.transpose(1, 2).flatten(2))
        return mixed


class Layer(nn.Module):
    """Attention and a feed-forward network, each with dropout, a shortcut and normalisation after it.

    The paper gives 2 heads and a dropout of 0.1. All else is our choice, and that of Vaswani et al. (2017): ReLU, a
    feed-forward network four times as wide, normalisation after the addition, dropout on what is added; weights begin
    as Glorot and Bengio (2010) have them.
    """

    def __init__(self, width: int, heads: int, inside: int, dropout: float, again: bool) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.feedforward = nn.Sequential(nn.Linear(width, inside), nn.ReLU(), nn.Linear(inside, width))
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.dropout = Dropout(dropout)
        self.dropout.rewinds = self.again = again
        for part in self.modules():
            if isinstance(part, nn.Linear):
                nn.init.xavier_uniform_(part.weight)
                nn.init.zeros_(part.bias)

    def forward(self, values: Tensor) -> Tensor:
        """(batch, width, time) -> the same."""
        tokens = values.transpose(1, 2)
        if self.again and self.training and torch.is_grad_enabled():
            found: Tensor = recompute_random(self.changed, tokens, self.dropout.generator)
            return found.transpose(1, 2)
        return self.changed(tokens).transpose(1, 2)

    def changed(self, tokens: Tensor) -> Tensor:
        tokens = self.norms[0](tokens + self.dropout(self.attention(tokens)))
        found: Tensor = self.norms[1](tokens + self.dropout(self.feedforward(tokens)))
        return found
