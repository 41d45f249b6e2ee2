"""What branches exchange at the end of a stage, and how their lengths are made equal for it."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Mapping


class Exchange(nn.Module):
    """Tensors of all branches (batch, channels, time) -> the same, widened where a branch has received something."""

    #: channels of each branch afterwards
    widths: Mapping[str, int]

    @abstractmethod
    def forward(self, states: dict[str, Tensor]) -> dict[str, Tensor]:
        """Modality -> tensor; each keeps its own length in time."""

    def attention(self, states: dict[str, Tensor]) -> dict[str, Tensor]:
        """`ecg_to_eda` -> how much of each value gets through, (batch, channels or 1, time); none without attention."""
        return {}

    def dead(self, states: dict[str, Tensor]) -> dict[str, Tensor]:
        """`ecg_to_eda` -> a flag per window: attention there follows nothing, and no gradient can change that."""
        return {}


def aligned(values: Tensor, length: int) -> Tensor:
    """A tensor at another length of the same time: averaged where it becomes shorter, else interpolated linearly."""
    if values.shape[-1] == length:
        return values
    if values.shape[-1] > length:
        return F.adaptive_avg_pool1d(values, length)
    return F.interpolate(values, size=length, mode="linear", align_corners=False)
