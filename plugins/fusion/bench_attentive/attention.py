"""Attention between modalities: Eq. 1 and 2."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench_attentive.attentive import Attentive


class Attention(nn.Module):
    """U = ReLU(S W), theta = softmax(U w) over the modalities in S.

    Printed as U^T w, whose shape contradicts the element-wise product of Eq. 3. The one reading that fits all
    printed shapes is w along the channels, element by element: modalities compete at each (channel, time).
    `step` sums over the channels, as the formula does literally: one weight for each step of time.

    First weights are not printed. Chosen: W = I + 0.01 N(0, 1). With Glorot's, all entries of W are
    non-positive once in 16 draws; since Z >= 0, U is then 0, theta 1/2, and no gradient reaches W or w.
    """

    def __init__(self, modalities: int, channels: int, options: Attentive) -> None:
        super().__init__()
        self.step = options.attention == "step"
        self.mix = nn.Parameter(torch.empty(modalities, modalities))  # W
        self.score = nn.Parameter(torch.empty(channels, 1))  # w
        if options.init == "identity":
            nn.init.normal_(self.mix, std=0.01)
            self.mix.data += torch.eye(modalities)
            nn.init.normal_(self.score, std=channels**-0.5)
        else:
            nn.init.xavier_uniform_(self.mix)
            nn.init.uniform_(self.score, -((3 / channels) ** 0.5), (3 / channels) ** 0.5)  # fans are both C in Keras

    def forward(self, states: Sequence[Tensor]) -> Sequence[Tensor]:
        """A weight per modality, (batch, channels, time) or (batch, 1, time) by step; weights sum to 1."""
        units = self.units(states)
        if len(units) == 2:  # softmax of two is a sigmoid of their difference, in fewer passes
            first = self.scores(units[0] - units[1]).sigmoid()
            return first, 1 - first
        return torch.stack([self.scores(unit) for unit in units]).softmax(dim=0).unbind()

    def units(self, states: Sequence[Tensor]) -> list[Tensor]:
        """U of Eq. 1, one tensor (batch, channels, time) per column of W."""
        mix = [row.unbind() for row in self.mix.unbind()]  # not by index, whose gradient is a matrix for each entry
        columns = [[mix[k][j] * state for k, state in enumerate(states)] for j in range(len(states))]
        return [F.relu(reduce(torch.add, column)) for column in columns]

    def scores(self, units: Tensor) -> Tensor:
        """U w, per element or summed over channels."""
        scored = self.score * units
        return scored.sum(dim=1, keepdim=True) if self.step else scored
