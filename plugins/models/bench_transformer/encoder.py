"""The branch of Figure 1: 1D-CNN, CLS token, Transformer, and the hidden layer of a classifier."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from torch import Tensor, nn

from bench.training.networks.dropout import Dropout
from bench.training.networks.encoder import Encoder
from bench_transformer.convolutions import convolutions
from bench_transformer.layer import Layer
from bench_transformer.sequence import TokenSequence

if TYPE_CHECKING:
    from bench.api import InputSpec
    from bench_transformer.transformer import Transformer


class TransformerBranch(Encoder):
    """Stage 1 is the 1D-CNN, and each layer of the Transformer is a stage of its own; the CLS token comes with stage 2.

    Where an exchange has widened what a layer is given, it begins with a projection back to its own width.
    """

    def __init__(self, options: Transformer, spec: InputSpec, hidden: int, dropout: float) -> None:
        self.options, self.samples, self.dropout = options, spec.samples, dropout
        self.token = 4 * options.width
        self.widths = (self.token,) * (1 + options.layers)
        self.dim = hidden if options.classifier == "hidden" else self.token

    def stage(self, number: int, width: int) -> nn.Module:
        if number == 1:
            return convolutions(width, self.options.width)  # (batch, 10, 1280) -> (batch, 256, 1280)
        options, parts = self.options, OrderedDict[str, nn.Module]()
        if width != self.token:
            parts["narrow"] = nn.Conv1d(width, self.token, 1)
        if number == 2:
            parts["sequence"] = TokenSequence(  # (batch, 256, 1281)
                self.token, 1 + self.samples, options.positions == "learned", options.dropout
            )
        parts["layer"] = Layer(self.token, options.heads, options.feedforward, options.dropout, options.checkpointing)
        return nn.Sequential(parts)  # (batch, 256, 1281)

    def embed(self, width: int) -> nn.Module:
        """The FCN on CLS_e up to its last hidden layer, which section 3.4 takes as features."""
        pooled = First() if self.options.pooling == "cls" else MeanOfOthers()  # (batch, 256)
        if self.options.classifier == "linear":
            return pooled
        return nn.Sequential(
            pooled,
            nn.Linear(width, self.dim),
            nn.ReLU(),
            Dropout(self.dropout),  # (batch, 1024) or (batch, 64)
        )


class First(nn.Module):
    """The CLS token: (batch, width, time) -> (batch, width)."""

    def forward(self, values: Tensor) -> Tensor:
        return values[..., 0]


class MeanOfOthers(nn.Module):
    """The mean of all tokens but the CLS token."""

    def forward(self, values: Tensor) -> Tensor:
        return values[..., 1:].mean(dim=-1)
