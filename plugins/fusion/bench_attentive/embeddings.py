"""Attentive connections between embeddings, before a common head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from bench_attentive.connections import AttentiveConnections

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench_attentive.attentive import Attentive
    from bench_attentive.connections import Arrow


class ConnectedEmbeddings(nn.Module):
    """Eq. 1 to 5 on embeddings as states of one step, which are then concatenated.

    Attention compares channels one by one, so that a linear map brings every embedding to the length of the shortest;
    ReLU follows it, since Eq. 1 is made for states that are not negative. Both are our choice.
    """

    def __init__(
        self,
        arrows: Sequence[Arrow],
        dims: Mapping[str, int],
        options: Attentive,
        head: Callable[[int], nn.Module],
    ) -> None:
        super().__init__()
        width = min(dims.values())
        self.maps = nn.ModuleDict({name: nn.Sequential(nn.Linear(dim, width), nn.ReLU()) for name, dim in dims.items()})
        self.connections = AttentiveConnections(arrows, dict.fromkeys(dims, width), options)
        self.head = head(sum(self.connections.widths.values()))

    def forward(self, embeddings: dict[str, Tensor]) -> Tensor:
        states = {name: self.maps[name](values)[..., None] for name, values in embeddings.items()}  # (batch, width, 1)
        received = self.connections(states)
        logits: Tensor = self.head(torch.cat([received[name] for name in embeddings], dim=1).flatten(1))
        return logits
