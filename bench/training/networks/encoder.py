"""What one branch of a network is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Sequence


class Encoder(ABC):
    """The building plan of a branch. A stage is built once its input width is known, since an exchange can widen it."""

    #: channels after each stage, without what an exchange adds
    widths: Sequence[int]
    #: length of the embedding
    dim: int

    @abstractmethod
    def stage(self, number: int, width: int) -> nn.Module:
        """Stage `number` (from 1): (batch, width, time) -> (batch, widths[number - 1], time')."""

    @abstractmethod
    def embed(self, width: int) -> nn.Module:
        """What follows the last stage: (batch, width, time) -> (batch, dim)."""


class Branch(nn.Module):
    """A branch as it was built: its stages, and what makes an embedding of the last one."""

    def __init__(self, stages: Sequence[nn.Module], embed: nn.Module) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)
        self.embed = embed

    def forward(self, values: Tensor) -> Tensor:
        for stage in self.stages:
            values = stage(values)
        embedded: Tensor = self.embed(values)
        return embedded
