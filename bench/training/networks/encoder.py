"""The encoder of one branch of a network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Sequence


class Encoder(ABC):
    """Builds the modules of a branch. Stages are built in order, since an exchange can widen the input of the next."""

    #: channels after each stage, without those that an exchange adds
    widths: Sequence[int]
    #: length of the embedding
    dim: int

    @abstractmethod
    def stage(self, number: int, width: int) -> nn.Module:
        """Stage `number` (from 1): (batch, width, time) -> (batch, widths[number - 1], time')."""

    @abstractmethod
    def embed(self, width: int) -> nn.Module:
        """The part after the last stage: (batch, width, time) -> (batch, dim)."""


class Branch(nn.Module):
    """The stages of a branch and its embedding."""

    def __init__(self, stages: Sequence[nn.Module], embed: nn.Module) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)
        self.embed = embed

    def forward(self, values: Tensor) -> Tensor:
        for stage in self.stages:
            values = stage(values)
        embedded: Tensor = self.embed(values)
        return embedded
