"""The modules of the fusions inside a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from bench.training.networks.exchange import Exchange, aligned

if TYPE_CHECKING:
    from collections.abc import Mapping


class ConcatAll(Exchange):
    """The channels of all branches, at the length of the branch that receives them."""

    def __init__(self, widths: Mapping[str, int]) -> None:
        super().__init__()
        self.widths = dict.fromkeys(widths, sum(widths.values()))  # channels of each branch afterwards

    def forward(self, states: dict[str, Tensor]) -> dict[str, Tensor]:
        return {
            name: torch.cat([aligned(other, own.shape[-1]) for other in states.values()], dim=1)
            for name, own in states.items()
        }


class Gates(nn.Module):
    """Maps embeddings to one width, and adds them with weights that are a softmax over modalities."""

    def __init__(self, dims: Mapping[str, int], width: int, head: nn.Module) -> None:
        super().__init__()
        self.maps = nn.ModuleDict({name: nn.Linear(dim, width) for name, dim in dims.items()})
        self.gates = nn.ModuleDict({name: nn.Linear(dim, 1) for name, dim in dims.items()})
        self.head = head

    def forward(self, embeddings: dict[str, Tensor]) -> Tensor:
        values = torch.stack([self.maps[name](one) for name, one in embeddings.items()])  # (modalities, batch, width)
        weights = torch.stack([self.gates[name](one) for name, one in embeddings.items()]).softmax(dim=0)
        logits: Tensor = self.head((weights * values).sum(dim=0))
        return logits
