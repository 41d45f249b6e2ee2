"""Exchanges between branches at the end of a stage, and the alignment of their lengths."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Mapping


class Exchange(nn.Module):
    """Maps the tensors of all branches (batch, channels, time) to new ones, wider where a branch receives."""

    #: channels of each branch afterwards
    widths: Mapping[str, int]

    @abstractmethod
    def forward(self, states: dict[str, Tensor]) -> dict[str, Tensor]:
        """Modality -> tensor; lengths in time stay."""

    def attention(self, states: dict[str, Tensor]) -> dict[str, Tensor]:
        """`ecg_to_eda` -> attention weights (batch, channels or 1, time); empty without attention."""
        return {}

    def dead(self, states: dict[str, Tensor]) -> dict[str, Tensor]:
        """`ecg_to_eda` -> a flag per window: attention there is saturated, so that its gradient is zero."""
        return {}


def aligned(values: Tensor, length: int) -> Tensor:
    """A tensor resampled to another length: averaged to a shorter one, linearly interpolated to a longer one."""
    if torch.are_deterministic_algorithms_enabled() and values.device.type != "cpu" and values.shape[-1] != length:
        return product_with_resampled(values, length)  # CUDA sums the gradients of both functions in any order
    return resampled(values, length)


def resampled(values: Tensor, length: int) -> Tensor:
    """The same for values that need no gradient; missing ones leave those that are further away as they are."""
    if values.shape[-1] == length:
        return values
    if values.shape[-1] > length:
        return F.adaptive_avg_pool1d(values, length)
    return F.interpolate(values, size=length, mode="linear", align_corners=False)


def product_with_resampled(values: Tensor, length: int) -> Tensor:
    """The same as a product of matrices, since it is linear in the values."""
    samples = torch.eye(values.shape[-1], dtype=values.dtype, device=values.device)
    return values @ resampled(samples[None], length)[0]
