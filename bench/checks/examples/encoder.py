"""The encoder of the simplest staged model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from bench.training.networks.encoder import Encoder

if TYPE_CHECKING:
    from collections.abc import Sequence


class Convolutions(Encoder):
    """Two stages with a stride of four each; the embedding is the mean over time."""

    widths: Sequence[int] = (4, 4)
    dim = 4

    def stage(self, number: int, width: int) -> nn.Module:
        return nn.Sequential(nn.Conv1d(width, 4, 5, stride=4, padding=2), nn.ReLU())

    def embed(self, width: int) -> nn.Module:
        return nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(width, 4))
